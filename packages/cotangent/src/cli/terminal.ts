/** Where a command writes: so that tests can read it. */
export interface Terminal {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}
