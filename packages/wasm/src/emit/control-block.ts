/** The first bytes of the memory of an engine: what its threads tell each other. A cache line for each number. */
export const controlBlock = {
  /** How many have come to the current meeting. */
  arrived: 64,
  /** Counts meetings. */
  phase: 128,
  /** The next unit of the current kernel that nobody has taken. */
  ticket: 192,
  /** Not 0 once a thread has failed in the middle of a step. */
  failed: 256,
  /** Counts what workers are asked to do. */
  command: 320,
  /** What they are asked to do: the number of a program, its arena, how many threads take part. */
  program: 384,
  arena: 388,
  threads: 392,
  /** Where the bytes of its module lie, and how many they are. */
  moduleAt: 396,
  moduleBytes: 400,
  /** Workers that have come to life. */
  awake: 448,
  bytes: 1024,
} as const;
