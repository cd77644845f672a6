/**
 * The trainer: fits a model to data, evaluates and predicts. What it has reached is one immutable state; a snapshot of
 * it can be restored at any step, and goes on bit for bit as if it had never stopped.
 */
import { defaultEngine, type Feed, State } from '@cotangent/engine';
import {
  type AnyTensor,
  CotangentError,
  callerOf,
  type Graph,
  type HostArray,
  type Input,
  show,
  traced,
} from '@cotangent/graph';
import { isNamed } from '@cotangent/layers';
import type { Checkpoint } from '../checkpoint/index.ts';
import type { Dataset } from '../data/index.ts';
import { type Metric, meanLoss, measure } from '../metrics/index.ts';
import { observed, rateAt } from '../schedules/index.ts';
import { calledAt } from './called-at.ts';
import { checkDataset, checkFit, checkSpec, directionOf } from './checks.ts';
import { Emitter, type Events, type Handler } from './events.ts';
import { feedsOf, weightsOf } from './feeds.ts';
import { notFinite, notJudged } from './finite.ts';
import { buildPrograms, weightName } from './programs.ts';
import { restoreVariables, variablesIn } from './restore.ts';
import type { Batch, FitOptions, TrainerSpec } from './spec.ts';
import {
  afterEpoch,
  afterStep,
  type EpochRecord,
  initialProgress,
  type Progress,
  type ScheduleState,
  stateFrom,
  stateOf,
  type TrainerState,
  withBest,
} from './state.ts';

/**
 * A trainer of a model.
 *
 * @example
 * ```ts
 * const run = trainer({
 *   model,
 *   inputs: [x, labels],
 *   loss: (logits, labels, weights) => crossEntropy(logits, labels, { weights }),
 *   optimizer: adam(),
 *   metrics: { accuracy: accuracy() },
 *   seed: 1,
 * });
 * await run.fit(data.shuffle(1).batch(2), { epochs: 3 });
 * ```
 */
export const trainer = traced((spec: TrainerSpec): Trainer => new Trainer(spec));

type Programs = ReturnType<typeof buildPrograms>;

/** A mean loss of an epoch that is so many times that of the first step is remarked on. */
const growth = 10;

/** Milliseconds of steps between two turns of the event loop. */
const longestBreathless = 100;

export class Trainer {
  readonly variables: State<'sync'>;
  private readonly spec: TrainerSpec;
  private readonly programs: Programs;
  private readonly emitter = new Emitter();
  private current: Progress;
  /** Losses of all steps. */
  private losses: number[] = [];
  private bestTensors: Tensors | undefined;
  private fitting = false;
  private stopping = false;
  private lastBreath = 0;
  /** What the step under way sees. */
  private fed: Tensors = {};

  constructor(spec: TrainerSpec) {
    checkSpec(spec);
    this.spec = spec;
    this.variables = new State({ engine: spec.engine ?? defaultEngine(), seed: spec.seed ?? 0 });
    this.programs = buildPrograms(spec, this.variables, (loss) => this.checkLoss(loss));
    const { schedule } = spec;
    this.current = initialProgress(
      schedule === undefined ? null : { name: schedule.name, state: schedule.initial },
    );
  }

  /** Remarks so far; each was also written to the console, once. */
  readonly warnings: string[] = [];

  private warn(remark: string): void {
    if (this.warnings.includes(remark)) return;
    this.warnings.push(remark);
    console.warn(`cotangent: ${remark}`);
  }

  get state(): TrainerState {
    return stateOf(this.current, this.losses);
  }

  /** The loss of a training step: with `variables`, what `gradcheck` needs to check it. */
  get loss(): AnyTensor {
    return this.programs.loss;
  }

  /** The input of the loss with the weights of the examples: 1 for each that counts. */
  get weight(): Input {
    return this.programs.weight;
  }

  /** The graph of a training step: forward, backward and update. */
  get trainingGraph(): Graph {
    return this.programs.train.graph;
  }

  /** The graph of a prediction, for pictures and summaries. */
  get predictionGraph(): Graph {
    return this.programs.predict.program.graph;
  }

  on<K extends keyof Events>(name: K, handler: Handler<K>): () => void {
    return this.emitter.on(name, handler);
  }

  /** Ends `fit` after the step under way. */
  stop(): void {
    this.stopping = true;
  }

  /** Forgets what stateful layers keep from batch to batch of the training: for where new sequences begin. */
  resetStates(): void {
    this.variables.reset();
  }

  /**
   * Trains until `epochs` epochs are done, counted from the very start: a restored training goes on where it was.
   * The last, smaller batch of an epoch is left out unless the dataset says otherwise.
   *
   * @throws EMPTY_DATASET, BATCH_TOO_SMALL, BAD_DATA; NOT_FINITE if the loss or the learning rate is not a number
   */
  fit<B extends object>(data: Dataset<B>, options: FitOptions<B>): Promise<TrainerState> {
    return calledAt(callerOf(this.fit), () => this.fitTo(data, options));
  }

  private async fitTo<B extends object>(data: Dataset<B>, options: FitOptions<B>): Promise<TrainerState> {
    checkFit(data, options as FitOptions<never>, this.spec.metrics ?? {});
    if (this.fitting)
      throw new CotangentError('BAD_ARGUMENT', 'this trainer is fitting already: await the first fit');
    this.fitting = true;
    this.stopping = false;
    try {
      const reason = await this.runEpochs(data, options);
      if (options.restoreBest === true && reason !== 'stopped') this.goBackToBest();
      await this.emitter.emit('end', { state: this.state, reason });
      return this.state;
    } finally {
      this.fitting = false;
    }
  }

  private async runEpochs<B extends object>(
    data: Dataset<B>,
    options: FitOptions<B>,
  ): Promise<Events['end']['reason']> {
    const { patience = Infinity, epochs } = options;
    const done = this.current.epoch;
    if (epochs > 0 && done >= epochs)
      this.warn(
        `fit has nothing to do: epochs is ${epochs} in all, and ${done} are done; to go on give more, as in { epochs: ${done + epochs} }`,
      );
    while (this.current.epoch < epochs) {
      const { best, epoch } = this.current;
      // Before an epoch, so that a restored training stops where the other one did.
      if (epoch - (best?.epoch ?? 0) >= patience) return 'early stopping';
      if (!(await this.runEpoch(data, options))) return 'stopped';
    }
    return 'epochs';
  }

  private goBackToBest(): void {
    if (this.bestTensors !== undefined) this.restoreTensors(this.bestTensors);
    else if (this.current.best !== null)
      this.warn(
        'restoreBest found no best parameters: the checkpoint was saved by a training without restoreBest',
      );
  }

  /** One epoch, or the rest of it; false if it was stopped on the way. */
  private async runEpoch<B extends object>(data: Dataset<B>, options: FitOptions<B>): Promise<boolean> {
    const { epoch, batch: skip } = this.current;
    const batches = data.count({ remainder: 'drop' });
    for await (const batch of data.epoch(epoch, { skip, remainder: 'drop' })) {
      if (this.stopping || options.signal?.aborted === true) return false;
      await this.runStep(batch as unknown as Batch, batches);
      await this.breathe();
    }
    if (this.stopping || options.signal?.aborted === true) return false;
    const { running } = this.current;
    if (running.batches === 0)
      throw new CotangentError('EMPTY_DATASET', `epoch ${epoch} had no batches to train on`);
    const validation = options.validation === undefined ? undefined : await this.judge(options.validation);
    const loss = running.lossSum / running.batches;
    const record: EpochRecord = {
      epoch,
      step: this.current.step,
      loss,
      learningRate: this.rate,
      ...(validation && { validation }),
    };
    this.current = afterEpoch(this.current, record, this.nextSchedule(this.monitored(record, options)));
    this.remarkOnGrowth(record);
    await this.noteBest(record, options);
    await this.emitter.emit('epoch', { state: this.state, record });
    return true;
  }

  /** A loss that has grown far beyond that of the first step is finite, and still no training. */
  private remarkOnGrowth({ epoch, loss, learningRate }: EpochRecord): void {
    const first = this.losses[0] ?? Infinity;
    const said = 'the loss has grown';
    if (first > 0 && loss > growth * first && !this.warnings.some((remark) => remark.startsWith(said)))
      this.warn(
        `${said} from ${first.toPrecision(3)} in the first step to ${loss.toPrecision(3)} in epoch ${epoch}: a learning rate of ${learningRate} may be too large`,
      );
  }

  private nextSchedule(value: number): ScheduleState | null {
    const { schedule } = this.spec;
    return schedule === undefined
      ? null
      : { name: schedule.name, state: observed(schedule, this.current.schedule?.state, value) };
  }

  private async runStep(batch: Batch, batches: number | undefined): Promise<void> {
    const { schedule, optimizer } = this.spec;
    if (schedule !== undefined)
      this.variables.set(
        optimizer.learningRate.path,
        rateAt(schedule, this.current.schedule?.state, this.current.step),
      );
    const feeds = feedsOf(batch, this.spec.inputs);
    const weights = weightsOf(batch, this.spec.inputs[0]);
    this.fed = feeds;
    const { loss, prediction, norms } = this.programs.train({ ...feeds, [weightName]: weights }) as {
      readonly loss: number;
      readonly prediction: HostArray;
      readonly norms: Readonly<Record<string, number>>;
    };
    this.current = afterStep(this.current, loss);
    this.losses.push(loss);
    const [source, target] = this.spec.inputs;
    const labels = feeds[target.name]!;
    const score = (): Readonly<Record<string, number>> =>
      numbersOf(
        this.metrics.map(([name, metric]) => [
          name,
          measure(metric, [{ predictions: prediction, labels, weights }]),
        ]),
      );
    await this.emitter.emit('step', {
      state: this.state,
      loss,
      learningRate: this.rate,
      examples: feeds[source.name]!.shape[0] ?? 1,
      batches,
      gradientNorms: this.spec.debug?.gradientNorms === true ? norms : undefined,
      // Computed when somebody looks.
      get metrics() {
        return score();
      },
    });
  }

  /** Lets timers and signals have their turn: a synchronous engine would keep them waiting for the whole training. */
  private async breathe(): Promise<void> {
    if (performance.now() - this.lastBreath < longestBreathless) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.lastBreath = performance.now();
  }

  private get rate(): number {
    return this.variables.get(this.spec.optimizer.learningRate.path).item();
  }

  /** Called with the loss of a step before any variable changes. */
  private checkLoss(loss: number): void {
    if (!Number.isFinite(loss)) throw notFinite(loss, this.current.step, this.rate, this.fed);
  }

  /** The number that decides what is best, and that schedules see. */
  private monitored<B>(record: EpochRecord, options: FitOptions<B>): number {
    const { name = 'loss' } = options.monitor ?? {};
    const value =
      record.validation === undefined && name === 'loss' ? record.loss : record.validation?.[name];
    if (value === undefined)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `there is no number '${name}' to monitor: there is ${Object.keys(record.validation ?? { loss: 0 }).join(', ')}`,
      );
    return value;
  }

  private async noteBest<B>(record: EpochRecord, options: FitOptions<B>): Promise<void> {
    const mode = directionOf(options.monitor, this.spec.metrics ?? {});
    const value = this.monitored(record, options);
    const { best } = this.current;
    if (!Number.isFinite(value)) {
      const { name = 'loss' } = options.monitor ?? {};
      return this.warn(
        `the number '${name}' on the validation data is ${value}: such an epoch is never the best, and patience runs out over it`,
      );
    }
    if (best !== null && !(mode === 'min' ? value < best.value : value > best.value)) return;
    this.current = withBest(this.current, value);
    if (options.restoreBest === true) this.bestTensors = variablesIn(this.variables);
    await this.emitter.emit('best', { state: this.state, value });
  }

  /**
   * Loss and metrics over data; a smaller last batch is padded, and its padding counts nothing. Nothing that is trained
   * changes: stateful layers begin anew, and go on from batch to batch in a state of their own.
   *
   * @throws NOT_FINITE if the loss of a batch is no number because of NaN or an infinity in the data
   */
  evaluate<B extends object>(data: Dataset<B>): Promise<Readonly<Record<string, number>>> {
    return calledAt(callerOf(this.evaluate), () => this.judge(data));
  }

  /** One after the other: sequences go on in a state that there is once. */
  private judge<B extends object>(data: Dataset<B>): Promise<Readonly<Record<string, number>>> {
    const mine = this.judging.then(() => this.judgeAlone(data));
    this.judging = mine.catch(() => undefined);
    return mine;
  }
  private judging: Promise<unknown> = Promise.resolve();

  private async judgeAlone<B extends object>(data: Dataset<B>): Promise<Readonly<Record<string, number>>> {
    checkDataset('evaluate', data);
    const { begin, program } = this.programs.evaluate;
    begin();
    const { metrics } = this;
    const states = new Map<string, unknown>(metrics.map(([name, metric]) => [name, metric.initial]));
    const losses = meanLoss();
    let lossState = losses.initial;
    let batches = 0;
    const [, target] = this.spec.inputs;
    for await (const one of data.epoch(0, { remainder: 'pad' })) {
      const batch = one as unknown as Batch;
      const weights = weightsOf(batch, this.spec.inputs[0]);
      const feeds = feedsOf(batch, this.spec.inputs);
      const { loss, prediction } = program({ ...feeds, [weightName]: weights }) as {
        readonly loss: number;
        readonly prediction: HostArray;
      };
      const refusal = notJudged(loss, batches++, feeds);
      if (refusal !== undefined) throw refusal;
      const counted = Array.from(weights.data).reduce((sum, weight) => sum + weight, 0);
      lossState = losses.update(lossState, { loss, count: counted });
      for (const [name, metric] of metrics)
        states.set(
          name,
          metric.update(states.get(name), { predictions: prediction, labels: batch[target.name]!, weights }),
        );
    }
    return {
      loss: losses.result(lossState),
      ...numbersOf(metrics.map(([name, metric]) => [name, metric.result(states.get(name))])),
    };
  }

  // States of metrics are passed from update to update and never looked into.
  private get metrics(): [string, Metric<unknown, unknown>][] {
    return Object.entries(this.spec.metrics ?? {}) as unknown as [string, Metric<unknown, unknown>][];
  }

  /** What the model says to a batch of inputs. Stateful layers begin anew in every call. */
  predict(feed: Feed): HostArray {
    const [source] = this.spec.inputs;
    const { begin, program } = this.programs.predict;
    begin();
    return program({ [source.name]: feed }) as HostArray;
  }

  /** Everything that the rest of the training depends on: variables, the best of them, and the state. */
  snapshot(): Checkpoint<{ readonly trainer: TrainerState; readonly seed: number | string }> {
    if (!isNamed(this.spec.model))
      this.warn(
        'the model has no name, so its checkpoints depend on the places of its layers: name it, as in named({ model })',
      );
    const best = Object.entries(this.bestTensors ?? {}).map(([path, tensor]) => [
      `${bestPrefix}${path}`,
      tensor,
    ]);
    const tensors = { ...variablesIn(this.variables), ...Object.fromEntries(best) };
    return { tensors, meta: { trainer: this.state, seed: this.variables.seed } };
  }

  /**
   * Goes back to a snapshot, of this or another run of the same model; all of it, or nothing.
   *
   * @throws BAD_CHECKPOINT if it is of another model, with the first path that differs, or of another schedule
   */
  restore(checkpoint: Checkpoint): void {
    if (this.fitting)
      throw new CotangentError('BAD_ARGUMENT', 'restore while fit is at work: stop it and await it before');
    if (checkpoint?.tensors === undefined)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `restore takes a checkpoint, as snapshot() and readCheckpointFile(…) give it, not ${show(checkpoint)}`,
      );
    const { trainer: saved } = (checkpoint.meta ?? {}) as { readonly trainer?: unknown };
    const state = stateFrom(saved);
    const [own, trained] = [this.spec.schedule?.name ?? 'none', state.schedule?.name ?? 'none'];
    if (own !== trained)
      throw new CotangentError(
        'BAD_CHECKPOINT',
        `the checkpoint was trained with the schedule '${trained}' and this trainer has '${own}'`,
      );
    const [best, tensors] = [new Map<string, HostArray>(), new Map<string, HostArray>()];
    for (const [path, tensor] of Object.entries(checkpoint.tensors))
      if (path.startsWith(bestPrefix)) best.set(path.slice(bestPrefix.length), tensor);
      else tensors.set(path, tensor);
    this.restoreTensors(Object.fromEntries(tensors));
    const { losses, ...progress } = state;
    this.current = progress;
    this.losses = [...losses];
    this.bestTensors = best.size === 0 ? undefined : Object.fromEntries(best);
  }

  private restoreTensors(tensors: Tensors): void {
    restoreVariables(this.variables, tensors, { declared: this.programs.train.graph.variables });
  }
}

/** Where a snapshot keeps the best parameters so far. */
const bestPrefix = '@best/';

type Tensors = Readonly<Record<string, HostArray>>;

/** Results that are numbers, by name. */
const numbersOf = (results: readonly (readonly [string, unknown])[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    results.filter((entry): entry is readonly [string, number] => typeof entry[1] === 'number'),
  );
