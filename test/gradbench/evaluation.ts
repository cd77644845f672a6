/** What an evaluation of GradBench is here: the frame of the protocol runs it, and so do the tests. */

/** One evaluation of GradBench: its functions by name, from the JSON input of a message to the JSON output. */
export interface Evaluation {
  readonly functions: Readonly<Record<string, (input: never) => unknown>>;
}
