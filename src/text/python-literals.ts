/** Numbers and arrays as a program in Python writes them: to the bit, but for a NaN's payload. */
import { numberText } from './number-text.ts';
import type { ElementFormat } from '../float/format.ts';

/** A run that is no longer than this is written out. */
const shortRun = 8;

/** What NumPy by itself holds numbers of the format in: those of bfloat16 in float32, which has them all. */
export function heldAs(format: ElementFormat): Exclude<ElementFormat, 'bfloat16'> {
  return format === 'bfloat16' ? 'float32' : format;
}

/** `np.array([1.0, -0.0, np.nan], np.float32).reshape(3, 1)` */
export function pythonArray(
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  format: ElementFormat | 'int64',
): string {
  const numbers = pythonNumbers(data, format);
  const array = `np.array(${numbers}, ${pythonType(format)})`;
  return shape.length === 1 ? array : `${array}.reshape(${pythonShape(shape)})`;
}

/** The dtype in NumPy: `np.float16`, `ml_dtypes.bfloat16`, whose package has to be loaded. */
export function pythonType(format: ElementFormat | 'int64'): string {
  return format === 'bfloat16' ? 'ml_dtypes.bfloat16' : `np.${format}`;
}

/** `(2, 3)`, `(2,)`, `()` */
export function pythonShape(shape: readonly number[]): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
}

/** `[1.0, *[0.0] * 40, -np.inf]` */
export function pythonNumbers(data: ArrayLike<number>, format: ElementFormat | 'int64'): string {
  const parts: string[] = [];
  for (let i = 0, end = 0; i < data.length; i = end) {
    while (end < data.length && Object.is(data[end], data[i])) end++;
    const text = pythonNumber(data[i]!, format);
    if (end - i > shortRun) parts.push(`*[${text}] * ${end - i}`);
    else for (let k = i; k < end; k++) parts.push(text);
  }
  return `[${parts.join(', ')}]`;
}

function pythonNumber(value: number, format: ElementFormat | 'int64'): string {
  if (Number.isNaN(value)) return 'np.nan';
  if (Math.abs(value) === Infinity) return value > 0 ? 'np.inf' : '-np.inf';
  if (Object.is(value, -0)) return '-0.0';
  if (format === 'int64' || format === 'int32') return String(value);
  const text = numberText(value, format);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
