/** A plan as the bytes of a WebAssembly module: a function for each kernel, and the driver. */
import { importMemory, Module } from 'wasmati';
import { touchedBy } from '../loops/access.ts';
import type { FunctionName, Kernel } from '../loops/ir.ts';
import { verifyKernel } from '../loops/verify.ts';
import { type ArenaPlan, pointerAt } from '../plan/memory.ts';
import type { Plan } from '../plan/planner.ts';
import { allSteps } from '../plan/steps.ts';
import { assemble } from './assemble.ts';
import { emitDriver } from './driver.ts';
import { FunctionLibrary } from './functions.ts';
import { hostNames } from './host-names.ts';
import { type EmitOptions, emitKernel } from './kernel.ts';
import type { Layout } from './layout.ts';
import { estimate, isShared } from './sharing.ts';

export interface ModuleOptions extends EmitOptions {
  /** The memory is shared by threads. */
  readonly shared: boolean;
  readonly maximumPages: number;
  /** The host is told the number of each kernel that has run. */
  readonly ticks?: (kernel: Kernel) => number;
}

export interface Compiled {
  readonly bytes: Uint8Array;
  /** Nanoseconds of work that threads can share, about. */
  readonly sharedWork: number;
}

export function emitModule(plan: Plan, arena: ArenaPlan, options: ModuleOptions): Compiled {
  const layout: Layout = {
    offsetOf: (buffer) => arena.offsets.get(buffer),
    pointerAt: ({ kind, slot }) => pointerAt(arena, kind, slot),
  };
  const kernels = kernelsOf(plan);
  for (const kernel of kernels) verifyKernel(kernel);
  const library = new FunctionLibrary(placesOfFunctions(kernels));
  const functions = new Map(
    kernels.map((kernel) => [
      kernel,
      emitKernel(kernel, layout, { relaxed: options.relaxed, functions: library }),
    ]),
  );
  const driver = emitDriver(plan.steps, {
    layout,
    statusOffset: arena.offsets.get(plan.failures.status.words)!,
    kernels: functions,
    ...(options.ticks === undefined ? {} : { ticks: options.ticks }),
  });
  const memory = Object.assign(
    importMemory({ min: 1, max: options.maximumPages, shared: options.shared }),
    hostNames.memory,
  );
  const module = Module({ exports: { step: driver, memory } });
  return {
    bytes: assemble(module),
    sharedWork: kernels.filter(isShared).reduce((sum, kernel) => sum + estimate(kernel), 0),
  };
}

export function kernelsOf(plan: Plan): Kernel[] {
  const found: Kernel[] = [];
  for (const step of allSteps(plan.steps)) if (step.kind === 'kernel') found.push(step.kernel);
  return found;
}

/** At how many places functions are asked for with vectors. */
function placesOfFunctions(kernels: readonly Kernel[]): Map<FunctionName, number> {
  const places = new Map<FunctionName, number>();
  for (const { body } of kernels)
    for (const { operation, type } of touchedBy(body).functions)
      if (type.lanes > 1) places.set(operation, (places.get(operation) ?? 0) + 1);
  return places;
}
