/** What a module asks its host for. */
export const hostNames = {
  memory: { module: 'host', string: 'memory' },
  /** (number of the report, base of the arena) */
  report: { module: 'host', string: 'report' },
  /** (phase): sleep until the phase is another one; throws where somebody who is waited for does not come. */
  sleep: { module: 'host', string: 'sleep' },
  /** (number of a kernel): it has run. */
  tick: { module: 'host', string: 'tick' },
} as const;
