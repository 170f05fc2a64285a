/** The call of a subject's kernel, as lines of a program. */
import type { CallForm } from '../case/call-form.ts';
import type { Case } from '../case/case.ts';
import type { Symptom } from '../case/verdict.ts';
import { kernelNameOf } from '../contract/subject.ts';
import { argumentsOf } from '../subjects/kernel-arguments.ts';
import {
  dataLiteral,
  optionsLiteral,
  shapeLiteral,
  type CallLines,
  type ScriptInput,
} from '../text/script-lines.ts';

/** The project's own subjects, by what `--subject` calls them. */
const ownModules: Readonly<Record<string, string>> = {
  'from-scratch': 'logitfuzz/kernels',
  textbook: 'logitfuzz/textbook',
};

export function subjectLines(symptom: Symptom, { case: c, module }: ScriptInput): CallLines {
  const specifier = module ?? 'from-scratch';
  const own = ownModules[specifier];
  const isPath = own === undefined && /^[./]|^file:|\.[cm]?[jt]s$/.test(specifier);
  const { declarations, names, weight } = argumentLines(c, symptom);
  const kernel = `subject.${kernelNameOf(c.operation, c.direction)}`;
  const call = `${kernel}(${names.join(', ')})`;
  return {
    comments: [
      isPath
        ? 'Run it where the path below starts from: node show.mjs, or for TypeScript npx tsx show.mjs'
        : 'Run it with: node show.mjs',
    ],
    imports: isPath ? ["import { pathToFileURL } from 'node:url';"] : [],
    body: [
      isPath
        ? `const path = new URL(${quoted(specifier)}, pathToFileURL(process.cwd() + '/'));`
        : `const path = ${quoted(own ?? specifier)};`,
      'const module = await import(String(path));',
      'const subject = { ...module.default, ...module };',
      ...declarations,
      ...(c.invalid === undefined
        ? [
            ...callLines(c, { kernel, names, weight }),
            "console.log('it returned', answer.data.constructor.name, answer.shape);",
            ...conductLines(symptom, { call, names }),
            'const got = Array.from(answer.data);',
          ]
        : refusalLines({ call, names })),
    ],
  };
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
    '  process.exitCode = 1;',
    '} catch (error) {',
    "  console.log('it refused:', error.message);",
    '}',
    `console.log('its arguments after the call:', ${names.join(', ')});`,
  ];
}

function argumentLines(
  c: Case,
  symptom: Symptom,
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
    const literal = `{ shape: ${shapeLiteral(tensor.shape)}, data: ${dataLiteral(tensor.data, format, c.call ?? call)} }`;
    declarations.push(`const ${name} = ${literal};`);
    if (name === 'weight') weight = name;
    else names.push(name);
    return tensor;
  });
  const options = optionsLiteral(given.at(-1) as Readonly<Record<string, unknown>>, weight);
  declarations.push(`const options = ${options};`);
  return { declarations, names: [...names, 'options'], weight };
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
  const other = (name: string, value: 0 | 1): string =>
    `{ shape: ${name}.shape, data: ${name}.data.slice()${isEmpty ? '' : `.fill(${value})`} }`;
  const options = weight === null ? 'options' : `{ ...options, weight: ${other(weight, 1)} }`;
  const another = `${kernel}(${[...tensors.map((name) => other(name, 0)), options].join(', ')})`;
  switch (c.call?.kind) {
    case 'same-arrays': {
      const all = weight === null ? tensors : [...tensors, weight];
      return [
        ...all.map((name) => `const ${name}Values = ${name}.data.slice();`),
        ...(isEmpty ? [] : all.map((name) => `${name}.data.fill(${name === 'weight' ? 1 : 0});`)),
        `await ${call}; // the same arrays, with other values`,
        ...all.map((name) => `${name}.data.set(${name}Values);`),
        `const answer = await ${call};`,
      ];
    }
    case 'later-calls':
      return [
        `const answer = await ${call};`,
        "console.log('at once:', answer.data.slice());",
        `for (let i = 0; i < ${c.call.calls}; i++) await ${another};`,
        "console.log('after other calls:', answer.data);",
      ];
    case 'in-flight':
      return c.call.started === 'first'
        ? [`const [answer] = await Promise.all([${call}, ${another}]);`]
        : [`const [, answer] = await Promise.all([${another}, ${call}]);`];
    default:
      return [`const answer = await ${call};`];
  }
}

/** What shows a violation of conduct; nothing where the values say it. */
function conductLines(
  symptom: Symptom,
  { call, names }: { readonly call: string; readonly names: readonly string[] },
): readonly string[] {
  switch (symptom) {
    case 'input-written':
      return [`console.log('its arguments after the call:', ${names.join(', ')});`];
    case 'outside-written':
      return names
        .slice(0, -1)
        .map((name) => `console.log('the buffer of ${name} after the call:', ${name}.data.buffer);`);
    case 'output-aliased':
      return [
        `console.log('memory shared with an argument:', [${names.slice(0, -1).join(', ')}].some((given) => given.data.buffer === answer.data.buffer));`,
      ];
    case 'not-repeatable':
      return [
        "console.log('the first time:', answer.data);",
        `console.log('the second time:', (await ${call}).data);`,
      ];
    default:
      return [];
  }
}

function quoted(text: string): string {
  // U+2028 and U+2029 end a line in older JavaScript.
  return JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);
}
