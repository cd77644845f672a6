/** Files: the part of training that needs Node. */
export { saveFileAtomically } from './atomic.ts';
export { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
