/**
 * What shows a violation of conduct, as lines of a program: what is looked at before the call, and after it.
 * Where the values alone say what is wrong there is nothing to add.
 */
import type { CallForm } from '../case/call-form.ts';
import type { Finding } from '../case/finding.ts';
import type { Symptom } from '../case/verdict.ts';
import { isHalf, type Format } from '../float/format.ts';
import { arrayNameOf, shapeLiteral } from '../text/script-lines.ts';
import { numbersOf } from './script-of-halves.ts';

export interface ConductLines {
  readonly imports: readonly string[];
  readonly before: readonly string[];
  /** They put into `broken` what they see, as a text. */
  readonly after: readonly string[];
}

/** What a finding says of it. */
type Told = Pick<Finding, 'symptom' | 'sentence'>;

interface CallOf {
  /** `subject.softmax(x, options)` */
  readonly call: string;
  /** The arguments, of which the last is `options`. */
  readonly names: readonly string[];
  readonly shape: readonly number[];
  /** That of the answer. */
  readonly format: Format;
  readonly form: CallForm['kind'] | null;
}

export function subjectConduct(
  { symptom, sentence }: Told,
  { call, names, shape, format, form }: CallOf,
): ConductLines | null {
  const tensors = names.slice(0, -1);
  switch (symptom) {
    case 'input-written':
    case 'outside-written':
      return {
        imports: ["import { inspect } from 'node:util';"],
        before: [
          '// Every argument with the whole of its buffer, as text.',
          `const look = () => inspect([${[...tensors.map((name) => `${name}.data.buffer`), ...names].join(', ')}], { depth: 9, maxArrayLength: null });`,
          'const before = look();',
        ],
        after: [
          "if (look() !== before) broken = 'it wrote to what it was given';",
          `console.log('its arguments after the call:', ${names.join(', ')});`,
          ...(symptom === 'outside-written'
            ? tensors.map((name) => `console.log('the buffer of ${name}:', ${name}.data.buffer);`)
            : []),
        ],
      };
    case 'output-aliased':
      return {
        imports: [],
        before: [],
        after: [
          `if ([${tensors.join(', ')}].some((given) => given.data.buffer === answer.data.buffer)) broken = 'its result shares memory with an argument';`,
          `else if ((await ${call}).data.buffer === answer.data.buffer) broken = 'its result shares memory with that of the same call made again';`,
        ],
      };
    case 'output-overwritten':
      if (form !== 'later-calls') return null;
      return {
        imports: [],
        before: [],
        after: ["if (String(answer.data) !== String(atOnce)) broken = 'a later call overwrote its result';"],
      };
    case 'not-repeatable':
      return {
        imports: [],
        before: [],
        after: [`const again = ${numbersOf(`(await ${call})`, format)};`, ...notRepeatable],
      };
    case 'shape':
      return {
        imports: [],
        before: [],
        after: [
          `if (String(answer.shape) !== '${shape.join()}') broken = \`its result has shape [\${answer.shape}], not ${shapeLiteral(shape)}\`;`,
        ],
      };
    case 'format':
      return {
        imports: [],
        before: [],
        after: formatLines(format),
      };
    case 'intrinsic-changed':
      return intrinsicLines(sentence);
    case 'printed':
      return printedLines;
    default:
      return null;
  }
}

/** References are watched for less: what they are handed nobody else holds. */
export function referenceConduct(symptom: Symptom): ConductLines | null {
  switch (symptom) {
    case 'not-repeatable':
      return { imports: [], before: [], after: ['const again = await ask();', ...notRepeatable] };
    case 'printed':
      return printedLines;
    default:
      return null;
  }
}

function formatLines(format: Format): readonly string[] {
  const array = arrayNameOf(format);
  if (!isHalf(format))
    return [
      `if (answer.data.constructor.name !== '${array}') broken = \`its result is a \${answer.data.constructor.name}, not a ${array}\`;`,
    ];
  const isNative = format === 'float16' ? "answer.data.constructor.name === 'Float16Array' || " : '';
  return [
    `const isDue = ${isNative}(answer.data instanceof ${array} && answer.dtype === '${format}');`,
    `if (!isDue) broken = \`its result is a \${answer.data.constructor.name} with the dtype \${answer.dtype}, not a ${array} with ${format}\`;`,
  ];
}

const notRepeatable: readonly string[] = [
  "console.log('the first time:', got);",
  "console.log('the second time:', again);",
  "if (!again.every((value, i) => Object.is(value, got[i]))) broken = 'the same call gave other values';",
];

const printedLines: ConductLines = {
  imports: [],
  before: [
    "let printed = '';",
    'const [out, err] = [process.stdout.write, process.stderr.write];',
    'process.stdout.write = process.stderr.write = (text) => ((printed += text), true);',
  ],
  after: [
    '[process.stdout.write, process.stderr.write] = [out, err];',
    "if (printed !== '') broken = `it printed ${JSON.stringify(printed)}`;",
  ],
};

/** The sentence begins with the name: `Array.prototype.push was changed, …`. */
function intrinsicLines(sentence: string): ConductLines | null {
  const name = /([A-Za-z]+(?:\.\w+)*) was changed/.exec(sentence)?.[1];
  if (name === undefined) return null;
  return {
    imports: [],
    before: [`const before = globalThis.${name};`],
    after: [
      `if (globalThis.${name} !== before) broken = 'it changed ${name}, which all code of the process shares';`,
    ],
  };
}
