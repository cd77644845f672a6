/** Why a module of the user could not be run: what was thrown, and where. */
import { show } from '@cotangent/graph';

/** The message of an error on one line, with the place in the user's file if the message does not say it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${show(error)}`;
  const message = `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`.replace(
    /\s*\n\s*/g,
    ' ',
  );
  const place = placeIn(error.stack ?? '');
  return place === undefined || message.includes(place) ? message : `${message} (at ${place})`;
}

/** The first place of a stack that is in a file of the user; that of a syntax error stands alone at the top. */
function placeIn(stack: string): string | undefined {
  const places = stack
    .split('\n')
    .flatMap((line) => /(?:^|[\s(])([^\s()]+:\d+(?::\d+)?)\)?$/.exec(line)?.[1] ?? []);
  return places
    .map((place) => place.replace(/^file:\/\//, ''))
    .find((place) => /^(\/|[A-Za-z]:)/.test(place) && !place.includes('node_modules'));
}
