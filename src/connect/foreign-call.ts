/**
 * A call by a manifest's words, for memory of any kind: one by one through the rows where it is called so,
 * each argument that is a number as that number. Where arrays lie, its callers know.
 */
import type { FloatData } from '../float/format.ts';
import { reductions } from '../contract/subject.ts';
import type { ArgumentWord, KernelCall, ManifestCall } from './manifest.ts';
import type { LossTaken, RowsCall, RowsKernel } from './rows-module.ts';

/** Calls the function once: writes to `part.y`, and gives what the function returned. */
export type CallOnce = (part: RowsCall) => unknown;

/** Null arrays are weights that the case does not have. */
export type Argument =
  | { readonly kind: 'array'; readonly values: ArrayBufferView | null; readonly isResult: boolean }
  | { readonly kind: 'number'; readonly value: number | bigint };

export function foreignKernel({ kernel, symbol, call }: KernelCall, once: CallOnce): RowsKernel {
  return {
    kernel,
    format: call.format,
    ...(kernel.startsWith('crossEntropy') ? { loss: lossTaken(call) } : {}),
    run(whole) {
      const parts = call.each === 'call' ? [whole] : rowsOfCall(whole);
      for (const part of parts) {
        const returned = once(part);
        if (call.returns === 'y') part.y[0] = Number(returned);
        if (call.returns === 'status' && Number(returned) !== 0)
          throw new Error(`${symbol} returned the status ${String(returned)}`);
      }
      return whole.y;
    },
  };
}

function lossTaken({ args, target, reduction, each }: ManifestCall): LossTaken {
  const oneReduction = each === 'row' ? 'none' : reduction;
  return {
    target,
    reductions: args.includes('reduction') ? reductions : [oneReduction],
    labelSmoothing: args.includes('labelSmoothing'),
    weight: args.includes('in weight'),
    ignoreIndex: args.includes('ignoreIndex') || args.includes('ignoreIndex:int64'),
  };
}

/** Each row as a call of its own, whose result is a part of the whole's. */
function rowsOfCall(whole: RowsCall): readonly RowsCall[] {
  const { rows, x, dy, target, y } = whole;
  return Array.from({ length: rows }, (_, row) => ({
    ...whole,
    rows: 1,
    x: partOf(x, row, rows),
    y: partOf(y, row, rows),
    ...(dy === undefined ? {} : { dy: partOf(dy, row, rows) }),
    ...(target === undefined ? {} : { target: partOf(target, row, rows) }),
  }));
}

function partOf<D extends FloatData | Int32Array>(values: D, row: number, rows: number): D {
  const size = values.length / rows;
  return values.subarray(row * size, (row + 1) * size) as D;
}

/** A class index that no target has: for a call without an ignoreIndex. */
const nothingIgnored = -1;

/** What stands for a word of the manifest in this call. */
export function argumentFor(word: ArgumentWord, call: RowsCall, { args, returns }: ManifestCall): Argument {
  const { x, y, rows, cols } = call;
  switch (word) {
    case 'in x':
      return input(x);
    case 'inout x': {
      if (args.includes('out y') || returns === 'y') return input(x.slice()); // its own to write to
      y.set(x);
      return { kind: 'array', values: y, isResult: true };
    }
    case 'in dy':
      return input(call.dy ?? null);
    case 'value dy':
      return { kind: 'number', value: call.dy![0]! };
    case 'in target':
      return input(call.target ?? null);
    case 'in target:int64':
      return input(BigInt64Array.from(call.target as Int32Array, BigInt));
    case 'in weight':
      return input(call.weight ?? null);
    case 'out y':
      return { kind: 'array', values: y, isResult: true };
    case 'rows':
    case 'rows:int32':
      return { kind: 'number', value: rows };
    case 'cols':
    case 'cols:int32':
      return { kind: 'number', value: cols };
    case 'labelSmoothing':
      return { kind: 'number', value: call.labelSmoothing };
    case 'ignoreIndex':
      return { kind: 'number', value: call.ignoreIndex ?? nothingIgnored };
    case 'ignoreIndex:int64':
      return { kind: 'number', value: BigInt(call.ignoreIndex ?? nothingIgnored) };
    case 'reduction':
      return { kind: 'number', value: reductions.indexOf(call.reduction) };
  }
}

function input(values: ArrayBufferView | null): Argument {
  return { kind: 'array', values, isResult: false };
}
