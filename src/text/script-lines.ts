/** What the parts of a printed program share: what it is made of, and numbers as it writes them. */
import { numberText } from './number-text.ts';
import type { Case } from '../case/case.ts';
import type { ElementFormat } from '../float/format.ts';

export interface ScriptInput {
  readonly case: Case;
  /** Flat over the output, as `allowed` is: the absolute error at the finding's severity. */
  readonly exact: ArrayLike<number>;
  readonly allowed: ArrayLike<number>;
  /** The subject's module, as `--subject` takes it; null for the default. */
  readonly module: string | null;
}

/** What asks the implementation, and leaves its answer in `got`: an array of numbers. */
export interface CallLines {
  readonly comments: readonly string[];
  readonly imports: readonly string[];
  readonly body: readonly string[];
}

/** `new Float32Array([1, -0, NaN])`: to the bit, but for a NaN's payload. */
export function dataLiteral(data: Float32Array | Float64Array | Int32Array, format: ElementFormat): string {
  return `new ${data.constructor.name}(${numbersLiteral(data, format)})`;
}

export function numbersLiteral(data: ArrayLike<number>, format: ElementFormat): string {
  return `[${Array.from(data, (value) => numberText(value, format)).join(', ')}]`;
}

export function shapeLiteral(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
