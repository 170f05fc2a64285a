/** What a call returned, read into data of our own. Calls nothing, and judges no value. */
import { outputShape, type Case } from '../case/case.ts';
import type { ConductViolation } from '../case/outcome.ts';
import { halfFacts, isHalf, type FloatArray, type Format } from '../float/format.ts';
import { copyValues, pool } from '../float/pool.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import {
  copyOfList,
  dataText,
  foreignFloatsOf,
  isListOf,
  isOverlapping,
  lengthOf,
  saidFormat,
} from './foreign-values.ts';
import type { HandedData } from './hand-over.ts';
import type { Handed } from './handed-arguments.ts';

/** What a result is looked at with. */
export interface Reader {
  /** What is due. */
  readonly format: Format;
  readonly handed: readonly Handed[];
  /** What the identical call before it returned, where it was the last one. */
  readonly before: HandedData | null;
  readonly violations: ConductViolation[];
  /** The very array of the result, once it is known to be one. */
  returned: FloatArray | Uint16Array | null;
}

/**
 * The result, copied; null where it cannot be read as so many values of the format.
 * @throws what reading it does.
 */
export function readResult(c: Case, result: unknown, reader: Reader): Tensor | null {
  const { violations, format: due } = reader;
  if (typeof result !== 'object' || result === null) {
    violations.push({
      kind: 'not-a-tensor',
      detail: `the call returned ${result === null ? 'null' : typeof result}`,
    });
    return null;
  }
  const { data, shape, dtype } = result as Readonly<Record<'data' | 'shape' | 'dtype', unknown>>;
  const foreign = foreignFloatsOf(data);
  if (foreign === null) {
    const detail = `the result has no data that is ${dataText(c.format)}`;
    violations.push({ kind: 'not-a-tensor', detail });
    return null;
  }
  const { data: floats } = foreign;
  const format = saidFormat(foreign, dtype);
  const expected = outputShape(c);
  const isShape = isListOf(expected, shape);
  if (!isShape) violations.push({ kind: 'shape', detail: wrongShapeText(shape, expected) });
  if (format !== due) {
    violations.push({ kind: 'format', detail: `the result is ${format}, not ${due}` });
  }
  noteOverlaps(floats, reader);
  reader.returned = floats;
  const length = lengthOf(floats);
  const size = sizeOf(expected);
  if (length !== size) {
    if (isShape) violations.push({ kind: 'shape', detail: `the result has ${length} elements, not ${size}` });
    return null;
  }
  if (format !== due) return null;
  const own = pool.floats(due, length);
  if (foreign.format !== 'bits') copyValues(own, foreign.data);
  else if (isHalf(due)) halfFacts(due).decodeAll(foreign.data, own);
  return { shape: expected, data: own };
}

function wrongShapeText(shape: unknown, expected: readonly number[]): string {
  const list = copyOfList(shape);
  const got = list === null ? typeof shape : `[${list.slice(0, 10).map(String).join(', ')}]`;
  return `the result has shape ${got}, not [${expected.join(', ')}]`;
}

function noteOverlaps(floats: FloatArray | Uint16Array, { handed, before, violations }: Reader): void {
  for (let i = 0; i < handed.length; i++) {
    if (!isOverlapping(handed[i]!.data, floats)) continue;
    violations.push({ kind: 'output-aliased', detail: 'the result shares memory with an argument' });
    break;
  }
  if (before !== null && isOverlapping(before, floats)) {
    const detail = 'the result shares memory with that of the identical call before it';
    violations.push({ kind: 'output-aliased', detail });
  }
}
