export type TensorMethods = {};
