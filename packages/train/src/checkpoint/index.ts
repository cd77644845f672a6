/** Checkpoints as bytes. */
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.ts';
