/** The call of a subject's kernel, as lines of a program. */
import type { Case } from '../case/case.ts';
import type { Symptom } from '../case/verdict.ts';
import { kernelNameOf } from '../contract/subject.ts';
import { argumentsOf } from '../subjects/subject-implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { dataLiteral, shapeLiteral, type CallLines, type ScriptInput } from '../text/script-lines.ts';

/** The project's own subjects, by what `--subject` calls them. */
const ownModules: Readonly<Record<string, string>> = {
  'from-scratch': 'logitfuzz/kernels',
  textbook: 'logitfuzz/textbook',
};

export function subjectLines(symptom: Symptom, { case: c, module }: ScriptInput): CallLines {
  const specifier = module ?? 'from-scratch';
  const own = ownModules[specifier];
  const isPath = own === undefined && /^[./]|^file:|\.[cm]?[jt]s$/.test(specifier);
  const { declarations, names } = argumentLines(c);
  const call = `await subject.${kernelNameOf(c.operation, c.direction)}(${names.join(', ')})`;
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
      `const answer = ${call};`,
      "console.log('it returned', answer.data.constructor.name, answer.shape);",
      ...conductLines(symptom, { call, names }),
      'const got = Array.from(answer.data);',
    ],
  };
}

function argumentLines(c: Case): {
  readonly declarations: readonly string[];
  readonly names: readonly string[];
} {
  const declarations: string[] = [];
  const names: string[] = [];
  let weight = '';
  const given = argumentsOf(c, ({ name, tensor, format }) => {
    const literal = `{ shape: ${shapeLiteral(tensor.shape)}, data: ${dataLiteral(tensor.data, format)} }`;
    declarations.push(`const ${name} = ${literal};`);
    if (name === 'weight') weight = ', weight';
    else names.push(name);
    return tensor;
  });
  const { weight: _tensor, ...options } = given.at(-1) as Readonly<Record<string, unknown>> & {
    readonly weight?: Tensor;
  };
  const rest = Object.entries(options).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? quoted(value) : String(value)}`,
  );
  declarations.push(`const options = { ${rest.join(', ')}${weight} };`);
  return { declarations, names: [...names, 'options'] };
}

/** What shows a violation of conduct; nothing where the values say it. */
function conductLines(
  symptom: Symptom,
  { call, names }: { readonly call: string; readonly names: readonly string[] },
): readonly string[] {
  switch (symptom) {
    case 'input-written':
      return [`console.log('its arguments after the call:', ${names.join(', ')});`];
    case 'output-aliased':
      return [
        `console.log('memory shared with an argument:', [${names.slice(0, -1).join(', ')}].some((given) => given.data.buffer === answer.data.buffer));`,
      ];
    case 'not-repeatable':
      return [
        "console.log('the first time:', answer.data);",
        `console.log('the second time:', (${call}).data);`,
      ];
    default:
      return [];
  }
}

function quoted(text: string): string {
  // U+2028 and U+2029 end a line in older JavaScript.
  return JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);
}
