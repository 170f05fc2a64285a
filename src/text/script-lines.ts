/** What the parts of a printed program share: what it is made of, and numbers as it writes them. */
import { bitsText, numberText } from './number-text.ts';
import type { CallForm } from '../case/call-form.ts';
import type { Case } from '../case/case.ts';
import { formatFacts, halfFacts, isHalf, type ElementFormat, type Format } from '../float/format.ts';
import type { AnyTensor } from '../tensor/tensor.ts';

export interface ScriptInput {
  readonly case: Case;
  /** Flat over the output, as `allowed` is: the absolute error at the finding's severity. */
  readonly exact: ArrayLike<number>;
  readonly allowed: ArrayLike<number>;
  /** The subject's module, as `--subject` takes it; null for the default. */
  readonly module: string | null;
  /** What the finding says was answered, flat over the output; null where it is not known of this case. */
  readonly got: ArrayLike<number> | null;
}

/** The lines of a program that ask an implementation, in their order. */
export interface AskingLines {
  readonly package: Package;
  /** Said of how it is run; null where the package says it all. */
  readonly run: string | null;
  /** What it is asked, as declarations. */
  readonly declarations: readonly string[];
  /** The call, which leaves its answer in `got`: an array of numbers. Prints nothing. */
  readonly call: readonly string[];
  /** What is told of the answer beside its values. */
  readonly tell: readonly string[];
}

/**
 * What a program needs before it asks anything. What may not be there is loaded by `import()`, since a static
 * import that fails ends a program as a wrong answer does, with 1.
 */
export interface Package {
  /** What the program is written in; default JavaScript. Of Python NumPy is loaded as `np` in any case. */
  readonly language?: 'python';
  /** The names that a package manager is given; [] where nothing is to be installed. */
  readonly install: readonly string[];
  /** Lines that load it. What fails in them is handed to `cannotRun`, which every program has. */
  readonly load: readonly string[];
}

/** How a program ends, for a person and for what bisects by it. */
export const exitCodesText =
  'Exits with 1 where it shows what is wrong, with 0 where it does not, and with 2 where it could not run.';

/** What a program ends with. */
export interface Exits {
  readonly notShown: number;
  readonly shown: number;
  readonly notRun: number;
}

export const plainExits: Exits = { notShown: 0, shown: 1, notRun: 2 };

/** `npm install … && node show.mjs` */
export function runText({ language, install }: Package, version: string | null): string {
  if (language === 'python') {
    const [first, ...others] = install;
    const named = version === null ? first : `${first}==${version}`;
    return `pip install ${[named, ...others].join(' ')} && python show.py`;
  }
  // What is installed beside it, such as a browser's driver, has a version of its own.
  const scope = install.at(-1)?.split('/')[0];
  const named = install.map((name) =>
    version !== null && name.split('/')[0] === scope ? `${name}@${version}` : name,
  );
  return `${named.length === 0 ? '' : `npm install ${named.join(' ')} && `}node show.mjs`;
}

/** The function that ends a program which could not ask anything. */
export function cannotRunLines(exitCode: number = plainExits.notRun): readonly string[] {
  return [
    'function cannotRun(error) {',
    '  console.error(`could not run: ${error.message}`);',
    `  process.exit(${exitCode});`,
    '}',
  ];
}

/** What the data of floats is an array of, where a kernel is called. */
export function arrayNameOf(format: Format): string {
  return isHalf(format) ? 'Uint16Array' : formatFacts(format).array.name;
}

/**
 * `{ shape: [3], data: new Float32Array([1, -0, NaN]) }`, and of halves the bits, with their dtype. Where the
 * case is called with views, the data is one of a longer array.
 */
export function tensorLiteral({ shape, data }: AnyTensor, format: ElementFormat, call?: CallForm): string {
  const dtype = isHalf(format) ? `, dtype: '${format}'` : '';
  return `{ shape: ${shapeLiteral(shape)}, data: ${dataLiteral(data, format, call)}${dtype} }`;
}

/**
 * `new Float32Array([1, -0, NaN])`: to the bit, but for a NaN's payload. Where the case is called with views,
 * one of a longer array.
 */
export function dataLiteral(data: AnyTensor['data'], format: ElementFormat, call?: CallForm): string {
  const name = isHalf(format) ? arrayNameOf(format) : data.constructor.name;
  const written = elementsLiteral(data, format);
  if (call?.kind !== 'view') return `new ${name}(${written})`;
  const { from } = call;
  const numbers = data.length === 0 ? '' : `${written.slice(1, -1)}, `;
  const around = isHalf(format) ? bitsText(halfFacts(format).encode(NaN)) : 'NaN';
  return `new ${name}([...Array(${from}).fill(${around}), ${numbers}${around}]).subarray(${from}, ${from + data.length})`;
}

/** The elements as the array of the format holds them: numbers, and of halves their bits. */
export function elementsLiteral(data: ArrayLike<number>, format: ElementFormat): string {
  if (!isHalf(format)) return numbersLiteral(data, format);
  const { encode } = halfFacts(format);
  return listLiteral(data, (value) => bitsText(encode(value)));
}

/** `{ axis: -1, reduction: 'sum' }`, of the options beside the weight, which stands as `weight`. */
export function optionsLiteral(options: Readonly<Record<string, unknown>>, weight: string | null): string {
  const entries = Object.entries(options).map(([name, value]) => {
    if (name === 'weight' && weight !== null) return weight;
    return `${name}: ${typeof value === 'string' ? `'${value}'` : String(value)}`;
  });
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** A run of one number is written once: of a wide case, and of what is allowed in it, most is alike. */
export function numbersLiteral(data: ArrayLike<number>, format: ElementFormat): string {
  return listLiteral(data, (value) => numberText(value, format));
}

function listLiteral(data: ArrayLike<number>, textOf: (value: number) => string): string {
  const parts: string[] = [];
  for (let i = 0, end = 0; i < data.length; i = end) {
    while (end < data.length && Object.is(data[end], data[i])) end++;
    const text = textOf(data[i]!);
    if (end - i > shortRun) parts.push(`...Array(${end - i}).fill(${text})`);
    else for (let k = i; k < end; k++) parts.push(text);
  }
  return `[${parts.join(', ')}]`;
}

/** A run that is no longer than this is written out. */
const shortRun = 8;

export function shapeLiteral(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** The lines of a program in Python that load what it asks; it ends with 2 where that is not there. */
export function pythonLoadLines({ load }: Package): readonly string[] {
  return [
    'import sys',
    '',
    'try:',
    ...['import numpy as np', ...load].map((line) => `    ${line}`),
    'except ImportError as error:',
    "    print(f'could not run: {error}', file=sys.stderr)",
    `    sys.exit(${plainExits.notRun})`,
  ];
}
