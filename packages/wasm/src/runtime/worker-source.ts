/**
 * What a worker runs: plain JavaScript without imports, so that it starts in any host from a text. It waits for commands
 * in the shared memory; a program that it does not know yet is compiled from the bytes that lie there.
 */
export const workerSource = `
const start = ({ memory, thread, command, block }) => {
  const words = new Int32Array(memory.buffer, 0, block.bytes / 4);
  const at = (place) => place / 4;
  const programs = new Map();
  const mostPrograms = 32;
  const sleep = (phase) => {
    if (Atomics.load(words, at(block.failed)) !== 0) throw new Error('another thread has failed');
    // However long the first thread works alone: a worker that nobody needs any more is ended by its host.
    Atomics.wait(words, at(block.phase), phase);
  };
  const stepOf = (id) => {
    let step = programs.get(id);
    if (step === undefined) {
      const from = words[at(block.moduleAt)] >>> 0;
      const bytes = new Uint8Array(memory.buffer, from, words[at(block.moduleBytes)]).slice();
      const report = () => {};
      step = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory, sleep, report } }).exports.step;
      if (programs.size === mostPrograms) programs.delete(programs.keys().next().value);
    } else programs.delete(id);
    programs.set(id, step);
    return step;
  };
  let last = command;
  Atomics.add(words, at(block.awake), 1);
  for (;;) {
    for (let turns = 0; turns < 20000 && Atomics.load(words, at(block.command)) === last; turns++);
    Atomics.wait(words, at(block.command), last);
    const next = Atomics.load(words, at(block.command));
    if (next === last) continue;
    last = next;
    const threads = words[at(block.threads)];
    if (thread >= threads) continue;
    try {
      stepOf(words[at(block.program)])(words[at(block.arena)], thread, threads);
    } catch (error) {
      Atomics.store(words, at(block.failed), 1);
      Atomics.add(words, at(block.phase), 1);
      Atomics.notify(words, at(block.phase));
      throw error;
    }
  }
};
if (typeof require === 'function') start(require('node:worker_threads').workerData);
else self.onmessage = ({ data }) => start(data);
`;
