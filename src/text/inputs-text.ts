/** The inputs of a case in one line, for a person. */
import type { Case } from '../case/case.ts';
import { tensorsOf, type TensorName } from '../case/case-tensors.ts';
import type { ElementFormat } from '../float/format.ts';
import { numberText } from './number-text.ts';

/** `logits [0, -Infinity], labels [1, 0]`; of more than six numbers the first and the last. */
export function inputsOf(c: Case): string {
  return tensorsOf(c)
    .filter(({ name }) => name !== 'weight')
    .map(({ name, format, tensor: { data } }) => `${nameHere(name, format)} ${listOf(data, format)}`)
    .join(', ');
}

/** A target by what it holds. */
function nameHere(name: TensorName, format: ElementFormat): string {
  if (name !== 'target') return name;
  return format === 'int32' ? 'classes' : 'labels';
}

const listedMax = 6;

function listOf(data: ArrayLike<number>, format: ElementFormat): string {
  const values = Array.from(data, (value) => numberText(value, format));
  const listed =
    values.length <= listedMax ? values : [...values.slice(0, 3), `… (${values.length})`, values.at(-1)!];
  return `[${listed.join(', ')}]`;
}
