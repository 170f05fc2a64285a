/** The call of a subject's kernel, as lines of a program. */
import type { CallForm } from '../case/call-form.ts';
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { kernelNameOf } from '../contract/subject.ts';
import { isHalf, type Format, oneIn } from '../float/format.ts';
import { argumentsOf } from '../subjects/kernel-arguments.ts';
import { bitsText } from '../text/number-text.ts';
import { numbersOf } from './script-of-halves.ts';
import { optionsLiteral, tensorLiteral, type AskingLines, type Package } from '../text/script-lines.ts';

/** The project's own subjects, by what `--subject` calls them. */
const ownModules: Readonly<Record<string, string>> = {
  'from-scratch': 'logitfuzz/kernels',
  textbook: 'logitfuzz/textbook',
};

/** The lines, and what of them others refer to. */
export interface SubjectLines extends AskingLines {
  /** `subject.softmax(x, options)` */
  readonly plainCall: string;
  /** The arguments, of which the last is `options`. */
  readonly names: readonly string[];
}

/** `module` is as `--subject` takes it; null for the default. `shown` is its exit code where it shows. */
export function subjectLines(
  { symptom }: Pick<Finding, 'symptom'>,
  { case: c, module, shown }: { readonly case: Case; readonly module: string | null; readonly shown: number },
): SubjectLines {
  const kernel = kernelNameOf(c.operation, c.direction);
  const { declarations, names, weight } = argumentLines(c, symptom);
  const plainCall = `subject.${kernel}(${names.join(', ')})`;
  const written = { kernel: `subject.${kernel}`, names, weight };
  const specifier = module ?? 'from-scratch';
  const load = modulePackage(specifier, kernel);
  return {
    package: load,
    run: isPath(specifier)
      ? 'Run it where the path below starts from: node show.mjs, or for TypeScript npx tsx show.mjs'
      : null,
    declarations,
    call:
      c.invalid === undefined
        ? [
            c.call?.kind === 'later-calls' ? 'let answer, atOnce;' : 'let answer;',
            'try {',
            ...callLines(c, written).map((line) => `  ${line}`),
            '} catch (error) {',
            '  threw(error);',
            '}',
            ...(symptom === 'not-a-tensor' ? tensorCheck(c.format, shown) : []),
            `const got = ${numbersOf('answer', c.format)};`,
          ]
        : refusalLines({ call: plainCall, names }),
    tell: c.invalid === undefined ? tellLines(c) : [],
    plainCall,
    names,
  };
}

const isPath = (specifier: string): boolean =>
  ownModules[specifier] === undefined && /^[./]|^file:|\.[cm]?[jt]s$/.test(specifier);

function modulePackage(specifier: string, kernel: string): Package {
  return {
    install: [],
    load: [
      ...(isPath(specifier) ? ["import { pathToFileURL } from 'node:url';"] : []),
      isPath(specifier)
        ? `const path = new URL(${quoted(specifier)}, pathToFileURL(process.cwd() + '/'));`
        : `const path = ${quoted(ownModules[specifier] ?? specifier)};`,
      'const module = await import(String(path)).catch(cannotRun);',
      'const subject = { ...module.default, ...module };',
      `if (!subject.${kernel}) cannotRun(new Error(\`there is no ${kernel} in \${path}\`));`,
    ],
  };
}

function tellLines({ call }: Case): readonly string[] {
  return [
    "console.log('it returned', answer.data.constructor.name, answer.shape);",
    ...(call?.kind === 'later-calls'
      ? ["console.log('at once:', atOnce);", "console.log('after other calls:', answer.data);"]
      : []),
  ];
}

function tensorCheck(format: Format, shown: number): readonly string[] {
  const halves = isHalf(format) ? ", 'Float16Array', 'Uint16Array'" : '';
  return [
    `if (!['Float32Array', 'Float64Array'${halves}].includes(answer?.data?.constructor?.name)) {`,
    "  console.log('it returned no tensor:', answer);",
    `  process.exit(${shown});`,
    '}',
  ];
}

/** What shows that invalid arguments are answered, or written to. */
function refusalLines({
  call,
  names,
}: {
  readonly call: string;
  readonly names: readonly string[];
}): readonly string[] {
  return [
    'try {',
    `  console.log('it returned', await ${call});`,
    "  broken = 'it answers what it says that it refuses';",
    '} catch (error) {',
    "  console.log('it refused:', error.message);",
    '}',
    `console.log('its arguments after the call:', ${names.join(', ')});`,
  ];
}

function argumentLines(
  c: Case,
  symptom: Finding['symptom'],
): {
  readonly declarations: readonly string[];
  readonly names: readonly string[];
  readonly weight: string | null;
} {
  const declarations: string[] = [];
  const names: string[] = [];
  let weight: string | null = null;
  // What is around an array shows only where there is something around it.
  const call: CallForm | undefined = symptom === 'outside-written' ? { kind: 'view', from: 2 } : undefined;
  const given = argumentsOf(c, ({ name, tensor, format }) => {
    declarations.push(`const ${name} = ${tensorLiteral(tensor, format, c.call ?? call)};`);
    if (name === 'weight') weight = name;
    else names.push(name);
    return tensor;
  });
  const options = optionsLiteral(given.at(-1) as Readonly<Record<string, unknown>>, weight);
  declarations.push(`const options = ${options};`);
  return { declarations, names: [...names, 'options'], weight };
}

/** The arguments of the call of a case, as literals. */
export function writtenArguments(c: Case): readonly string[] {
  const literals: string[] = [];
  let weight: string | null = null;
  const given = argumentsOf(c, ({ name, tensor, format }) => {
    const literal = tensorLiteral(tensor, format, c.call);
    if (name === 'weight') weight = `weight: ${literal}`;
    else literals.push(literal);
    return tensor;
  });
  return [...literals, optionsLiteral(given.at(-1) as Readonly<Record<string, unknown>>, weight)];
}

interface WrittenCall {
  readonly kernel: string;
  /** The arguments, of which the last is `options`. */
  readonly names: readonly string[];
  readonly weight: string | null;
}

/** The call of which the answer is looked at, and those that the form of it needs beside it. */
function callLines(c: Case, { kernel, names, weight }: WrittenCall): readonly string[] {
  const call = `${kernel}(${names.join(', ')})`;
  const tensors = names.slice(0, -1);
  const isEmpty = c.logits.data.length === 0;
  const one = isHalf(c.format) ? bitsText(oneIn(c.format)) : '1';
  const other = (name: string, value: string): string =>
    `{ ...${name}, data: ${name}.data.slice()${isEmpty ? '' : `.fill(${value})`} }`;
  const options = weight === null ? 'options' : `{ ...options, weight: ${other(weight, one)} }`;
  const another = `${kernel}(${[...tensors.map((name) => other(name, '0')), options].join(', ')})`;
  switch (c.call?.kind) {
    case 'same-arrays': {
      const all = weight === null ? tensors : [...tensors, weight];
      return [
        ...all.map((name) => `const ${name}Values = ${name}.data.slice();`),
        ...(isEmpty ? [] : all.map((name) => `${name}.data.fill(${name === 'weight' ? one : 0});`)),
        `await ${call}; // the same arrays, with other values`,
        ...all.map((name) => `${name}.data.set(${name}Values);`),
        `answer = await ${call};`,
      ];
    }
    case 'later-calls':
      return [
        `answer = await ${call};`,
        'atOnce = answer.data.slice();',
        `for (let i = 0; i < ${c.call.calls}; i++) await ${another};`,
      ];
    case 'in-flight':
      return c.call.started === 'first'
        ? [`[answer] = await Promise.all([${call}, ${another}]);`]
        : [`[, answer] = await Promise.all([${another}, ${call}]);`];
    default:
      return [`answer = await ${call};`];
  }
}

function quoted(text: string): string {
  // U+2028 and U+2029 end a line in older JavaScript.
  return JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);
}
