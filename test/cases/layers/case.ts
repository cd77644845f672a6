/** What is known of a layer for the tests: how to sample it, what it must refuse, what it computes, where it is smooth. */
import type { AnyTensor, ErrorCode, FloatDType, HostArray, Nested, Tree } from '@cotangent/graph';
import type { AnyLayer } from '@cotangent/layers';
import type { Random } from '../random.ts';

/** The functions that make layers. */
export type LayerName = keyof typeof import('../../../packages/layers/src/typed/index.ts');

/** A layer by its options, and what it is called with. */
export interface LayerSample<O extends object = object> {
  readonly options: O;
  readonly x: HostArray;
  /** Further inputs by name, such as the lengths of sequences. */
  readonly more?: Readonly<Record<string, HostArray>>;
  /** Whether it is built for training. */
  readonly training: boolean;
}

/** A sample with the values of its variables, by their names within the layer. */
export interface LayerRun<O extends object = object> extends LayerSample<O> {
  readonly variables: Readonly<Record<string, HostArray>>;
}

/** Numbers in row-major order. */
export interface Plain {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export interface LayerResult {
  readonly outputs: readonly Plain[];
  /** What variables are after the call, for those that change. */
  readonly updates?: Readonly<Record<string, readonly number[]>>;
}

/** Options, or a call, that must be refused. */
export interface BadLayer {
  readonly options: unknown;
  /** The type of what it is called with, as it prints; left out where the options alone are refused. */
  readonly x?: string;
  /** Types of further inputs. */
  readonly more?: Readonly<Record<string, string>>;
  readonly training?: boolean;
  readonly code: ErrorCode;
  /** A piece of the sentence. */
  readonly sentence: string;
}

/** A place without a derivative, for checkers of derivatives: outputs, and the values of their leaves there. */
export interface Kink {
  readonly name: string;
  /** Whether the slope jumps there, or the value. */
  readonly kind: 'kink' | 'jump';
  /** What is there. */
  readonly sentence: string;
  build(): { readonly outputs: Tree; readonly point: Readonly<Record<string, Nested | HostArray>> };
}

export interface LayerCases<O extends object = object> {
  /** The layer of some options; by default the function of its name, called with them. */
  make?(options: O): AnyLayer;
  /** How a script makes it; by default `name(options)`. */
  text?(options: O): string;
  /** Small samples away from kinks. */
  sample(random: Random, dtype: FloatDType): LayerSample<O>;
  /** A value of a variable of a name; between −1 and 1 where it is left out. */
  variable?(name: string, random: Random): number;
  /** The results of a call; by default the one result of `layer(x)`. */
  call?(
    layer: AnyLayer,
    inputs: Readonly<Record<string, AnyTensor>>,
    sample: LayerSample<O>,
  ): readonly AnyTensor[];
  /** The results by nested loops on numbers, from the formula; undefined where they are random. */
  reference(run: LayerRun<O>): LayerResult | undefined;
  /** What holds for results that are random: raises where it does not. */
  law?(run: LayerRun<O>, output: Plain): void;
  /** Whether examples see each other, or each draws its own numbers. */
  mixes?(sample: LayerSample<O>): boolean;
  /** The axis of the batch of an input, or of `output0` and so on; 0 where it is left out. */
  batchAxis?(sample: LayerSample<O>, name: string): number;
  /** How samples stay away from kinks; left out where there are none. */
  readonly smooth?: string;
  /** How far a run is from the next kink, where its draw does not keep it away. */
  distance?(run: LayerRun<O>): number;
  readonly kinks?: readonly Kink[];
  /** Whether the option `layout` says no more than where channels are. */
  layouts?(options: O): boolean;
  readonly bad: readonly BadLayer[];
}
