/** What the parts of a printed program share: what it is made of, and numbers as it writes them. */
import { numberText } from './number-text.ts';
import type { CallForm } from '../case/call-form.ts';
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

/**
 * `new Float32Array([1, -0, NaN])`: to the bit, but for a NaN's payload. Where the case is called with views,
 * one of a longer array.
 */
export function dataLiteral(
  data: Float32Array | Float64Array | Int32Array,
  format: ElementFormat,
  call?: CallForm,
): string {
  const name = data.constructor.name;
  if (call?.kind !== 'view') return `new ${name}(${numbersLiteral(data, format)})`;
  const { from } = call;
  const numbers = Array.from(data, (value) => `${numberText(value, format)}, `).join('');
  return `new ${name}([...Array(${from}).fill(NaN), ${numbers}NaN]).subarray(${from}, ${from + data.length})`;
}

/** `{ axis: -1, reduction: 'sum' }`, of the options beside the weight, which stands as `weight`. */
export function optionsLiteral(options: Readonly<Record<string, unknown>>, weight: string | null): string {
  const entries = Object.entries(options).map(([name, value]) => {
    if (name === 'weight' && weight !== null) return weight;
    return `${name}: ${typeof value === 'string' ? `'${value}'` : String(value)}`;
  });
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

export function numbersLiteral(data: ArrayLike<number>, format: ElementFormat): string {
  return `[${Array.from(data, (value) => numberText(value, format)).join(', ')}]`;
}

export function shapeLiteral(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
