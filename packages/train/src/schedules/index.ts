/** Learning-rate schedules. */
export {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  multiStepSchedule,
  stepSchedule,
} from './decay.ts';
export { type PlateauOptions, type PlateauState, plateauSchedule } from './plateau.ts';
export { linearSchedule, oneCycleSchedule, warmupSchedule } from './rise.ts';
export { customSchedule, type NoState, observed, rateAt, type Schedule } from './schedule.ts';
export { sequenceSchedule } from './sequence.ts';
