/**
 * The protocol of GradBench, one line at a time: JSON messages in, JSON responses out. Nothing is read or written here.
 * Whatever cannot be answered is answered by a sentence; no message ends the tool.
 */
import { HostArray } from 'cotangent';
import type { Evaluation } from './evaluation.ts';
import { measure, type Timing } from './measure.ts';

export interface Response {
  /** That of the message; null where the message had none. */
  readonly id: unknown;
  readonly tool?: string;
  readonly success?: boolean;
  readonly output?: unknown;
  readonly timings?: readonly Timing[];
  readonly error?: string;
}

type Evaluations = Readonly<Record<string, Evaluation>>;
type Message = Readonly<Record<string, unknown>>;

/** What is wrong with a message, as a sentence for whoever sent it. */
class Refusal extends Error {}

/** The response to one line, as one line. */
export function respond(evaluations: Evaluations, line: string): string {
  let id: unknown = null;
  try {
    const message = parsed(line);
    id = message.id ?? null;
    return written({ id, ...answer(evaluations, message) });
  } catch (error) {
    return written({ id, success: false, error: error instanceof Error ? error.message : String(error) });
  }
}

function parsed(line: string): Message {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (error) {
    throw new Refusal(`the line is not JSON: ${(error as Error).message}`);
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw new Refusal('a message is a JSON object with an id and a kind');
  return message as Message; // an object that is not a list
}

function answer(evaluations: Evaluations, message: Message): Omit<Response, 'id'> {
  switch (message.kind) {
    case 'start':
      return { tool: 'cotangent' };
    case 'define':
      evaluationOf(evaluations, message.module);
      return { success: true };
    case 'evaluate': {
      const { output, timings } = measure(functionOf(evaluations, message), message.input);
      return { success: true, output, timings };
    }
    default:
      // The verdicts of the evaluation, and whatever else the protocol may tell: acknowledged.
      return {};
  }
}

function evaluationOf(evaluations: Evaluations, name: unknown): Evaluation {
  if (typeof name === 'string' && Object.hasOwn(evaluations, name)) return evaluations[name]!;
  throw new Refusal(
    `there is no module ${JSON.stringify(name)}: the modules are ${Object.keys(evaluations).join(', ')}`,
  );
}

function functionOf(evaluations: Evaluations, message: Message): (input: unknown) => unknown {
  const { functions } = evaluationOf(evaluations, message.module);
  const name = message.function;
  if (typeof name !== 'string' || !Object.hasOwn(functions, name))
    throw new Refusal(
      `the module '${message.module}' has no function ${JSON.stringify(name)}: its functions are ${Object.keys(functions).join(', ')}`,
    );
  if (message.input === undefined) throw new Refusal(`the message has no input for '${name}'`);
  // The input is what the protocol of the module says; a function that is fed something else throws.
  return functions[name] as (input: unknown) => unknown;
}

/** Arrays are nested lists. */
const written = (response: Response): string =>
  JSON.stringify(response, (_, value: unknown) => {
    if (value instanceof HostArray) return value.toNested();
    return ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  });
