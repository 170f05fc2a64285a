/**
 * A program that shows a divergence without logitfuzz:
 * the call with its numbers, and what was due. Pure text.
 */
import { whoIsAllowed } from '../text/deviation.ts';
import { plainText } from '../text/plain-text.ts';
import { shellQuoted } from '../text/shell-quoted.ts';
import { answerFormat } from '../case/answer-format.ts';
import { outputShape } from '../case/case.ts';
import { UsageError } from '../contract/failure.ts';
import { blamedName, type Finding } from '../case/finding.ts';
import type { Symptom } from '../case/verdict.ts';
import { isAccepted } from '../float/acceptance.ts';
import { isHalf, type Format } from '../float/format.ts';
import { toMultiIndex } from '../tensor/tensor.ts';
import {
  cannotRunLines,
  exitCodesText,
  numbersLiteral,
  plainExits,
  runText,
  type AskingLines,
  type Exits,
  type ScriptInput,
} from '../text/script-lines.ts';
import { referenceNamed, referenceNames } from '../../reference/index.ts';
import { earlierCalls, repeatedly } from './script-of-history.ts';
import { halfLines } from './script-of-halves.ts';
import { isolationLines } from './script-in-a-process.ts';
import { referenceConduct, subjectConduct, type ConductLines } from './script-of-conduct.ts';
import { libraryInPython, pythonScript, subjectInPython } from './script-in-python.ts';
import { subjectLines } from './script-of-subject.ts';

/** What the program is made of: who is asked, and what is looked at beside the values. */
interface Asking extends AskingLines {
  readonly conduct: ConductLines | null;
}

/**
 * An ES module for Node, valid TypeScript too; a program in Python where one of its libraries is blamed.
 * Every number reads back to the same bits, but for a NaN's payload. Exits as `exitCodesText` says.
 * With `isBare` it does not say what it is about.
 * @throws UsageError where the finding blames a reference that this version of logitfuzz does not have.
 */
export function findingScript(
  finding: Finding,
  matter: ScriptInput,
  { isBare = false }: { readonly isBare?: boolean } = {},
): string {
  const library = referenceNamed(finding.blame);
  const { case: asked, module } = matter;
  if (library?.package.language === 'python')
    return pythonScript(finding, libraryInPython(finding, library, asked), matter, { isBare });
  if (finding.blame === 'subject' && isInPython(module))
    return pythonScript(finding, subjectInPython(module, asked), matter, { isBare });
  const isolated = isolating.includes(finding.symptom);
  const exits = isolated ? exitsOfTheOther : plainExits;
  const { package: load, run, declarations, call, tell, conduct } = askingLines(finding, matter, exits);
  const isCompared = matter.case.invalid === undefined && conduct === null;
  const format = answerFormat(matter.case, finding.arithmetic);
  const comparing = isCompared ? comparison(finding, matter, format) : nothingCompared;
  const again = earlierCalls(finding);
  const isWatched = conduct !== null || matter.case.invalid !== undefined;
  const lines = [
    ...comments(finding, { isBare }).map((text) => `// ${plainText(text, 300)}`),
    `// ${exitCodesText}`,
    `// ${run ?? `Run it with: ${runText(load, versionOf(finding))}`}`,
    ...(conduct?.imports ?? []),
    ...(isolated ? isolationLines(exits) : []),
    ...load.load,
    '',
    ...declarations,
    ...(isWatched ? ["let broken = '';"] : []),
    ...comparing.given,
    '',
    ...repeatedly(
      [
        ...(conduct?.before ?? []),
        ...call,
        ...(conduct?.after ?? []),
        ...(again === null ? tell : []),
        ...comparing.lines,
      ],
      again,
    ),
    '',
    ...comparing.tell,
    ...verdictLines({ exits, isWatched, isCompared }),
    '',
    ...(call.includes('  threw(error);') ? [...threwLines(exits), ''] : []),
  ];
  const text = lines.join('\n');
  return [text, ...halfLines(matter.case.format, text), ...cannotRunLines(exits.notRun)].join('\n');
}

/** Whether a subject of that name is a file of Python. */
export function isInPython(module: string | null): module is string {
  return module !== null && module.endsWith('.py');
}

/** Numbers that a process that is ended by what it calls does not have by chance. */
const exitsOfTheOther: Exits = { notShown: 100, shown: 101, notRun: 102 };

/** What a call does that does not come back. */
const isolating: readonly Symptom[] = ['crashed', 'timed-out', 'out-of-memory'];

function comments(finding: Finding, { isBare }: { readonly isBare: boolean }): readonly string[] {
  if (isBare) return [];
  return [
    `${blamedName(finding)} is ${finding.severity}: ${finding.case}`,
    finding.sentence,
    `Printed by logitfuzz ${finding.provenance.tool}, and needs nothing that judges.`,
  ];
}

function askingLines(finding: Finding, { case: c, module }: ScriptInput, { shown }: Exits): Asking {
  const { blame, symptom } = finding;
  if (blame === 'subject') {
    const lines = subjectLines(finding, { case: c, module, shown });
    const { plainCall: call, names } = lines;
    const form = c.call?.kind ?? null;
    const format = answerFormat(c, finding.arithmetic);
    const conduct = subjectConduct(finding, { call, names, shape: outputShape(c), format, form });
    return { ...lines, conduct };
  }
  const reference = referenceNamed(blame);
  if (reference === undefined) {
    const own = finding.references.find(({ name }) => name === blame)?.module;
    if (own !== undefined)
      throw new UsageError(
        `the finding blames ${JSON.stringify(blame)}, a reference of your own, which no program asks: replay ` +
          `with --references ${shellQuoted(own)} judges it`,
      );
    throw new UsageError(
      `the finding blames ${JSON.stringify(blame)}, which is no reference here, so that no program can ask it; ` +
        `there are ${referenceNames.join(', ')}`,
    );
  }
  const lines = reference.script(c);
  const conduct = referenceConduct(symptom);
  const isPlain = conduct === null && symptom !== 'threw';
  return {
    package: reference.package,
    run: null,
    declarations: [],
    call: isPlain ? lines : functionLines(lines),
    tell: [],
    conduct,
  };
}

/** The lines in a function, so that what it throws is told and it can be asked again. */
function functionLines(lines: readonly string[]): readonly string[] {
  return [
    'async function ask() {',
    ...lines.map((line) => `  ${line}`),
    '  return got;',
    '}',
    'let got;',
    'try {',
    '  got = await ask();',
    '} catch (error) {',
    '  threw(error);',
    '}',
  ];
}

/** What the finding says of the version; null where it says none that a package manager could be given. */
function versionOf({ blame, references }: Finding): string | null {
  const version = references.find(({ name }) => name === blame)?.version;
  return version != null && /^[\d.]+$/.test(version) ? version : null;
}

/** What a program tells float32 numbers by: the shortest decimals that are that number in their format. */
function tellingLines(format: Format): readonly string[] {
  if (format !== 'float32') return [];
  return [
    'function shortest(value) {',
    '  for (let digits = 1; digits < 9; digits++)',
    '    if (Math.fround(value.toPrecision(digits)) === value) return Number(value.toPrecision(digits));',
    '  return value;',
    '}',
  ];
}

function told(value: string, format: Format): string {
  return format === 'float32' ? `shortest(${value})` : value;
}

function toldAll(values: string, format: Format): string {
  return format === 'float32' ? `Array.from(${values}, shortest)` : values;
}

/** What rounds a number to the format, in JavaScript. */
function roundingOf(format: Format): string {
  if (isHalf(format)) return 'rounded';
  return format === 'float32' ? 'Math.fround' : 'Number';
}

/** What the program holds the answer against, before the call, after it, and in the end. */
interface Comparing {
  readonly given: readonly string[];
  /** They count in `outside`. */
  readonly lines: readonly string[];
  readonly tell: readonly string[];
}

const nothingCompared: Comparing = { given: [], lines: [], tell: [] };

/** `format` is that of the answer. */
function comparison(finding: Finding, matter: ScriptInput, format: Format): Comparing {
  const { case: c, exact, allowed } = matter;
  if (isBeyondValues(matter, { oracle: finding.oracle, format })) return sameValues(finding, matter, format);
  const round = roundingOf(format);
  return {
    given: [
      '',
      `// The exact answer, element by element, and the error that ${whoIsAllowed(finding.severity)} is allowed.`,
      `const exact = ${numbersLiteral(exact, 'float64')};`,
      `const allowed = ${numbersLiteral(allowed, 'float64')};`,
      ...tellingLines(format),
      ...placeLines(outputShape(c), exact.length),
      'let outside = 0;',
    ],
    lines: [
      'for (let i = 0; i < exact.length; i++) {',
      `  const [low, high] = [${round}(exact[i] - allowed[i]), ${round}(exact[i] + allowed[i])];`,
      '  const isRight = Number.isNaN(exact[i]) ? Number.isNaN(got[i]) : got[i] >= low && got[i] <= high;',
      '  if (isRight) continue;',
      `  if (outside++ < ${toldMax}) console.log(\`at \${at(i)}: got \${${told('got[i]', format)}}, exact \${exact[i]}, allowed ± \${allowed[i]}\`);`,
      '}',
    ],
    tell: ['console.log(`${outside} of ${exact.length} values are outside of what is allowed`);'],
  };
}

/** So many values that are off are told one by one. */
const toldMax = 8;

/** `at(i)`: the place of a flat position, `[2, 0]`. */
function placeLines(shape: readonly number[], length: number): readonly string[] {
  if (shape.length === 1) return ['const at = (i) => `[${i}]`;'];
  if (length > placesMax) return ['const at = (i) => `position ${i}, flat`;'];
  const places = Array.from({ length }, (_, at) => `'[${toMultiIndex(at, shape).join(', ')}]'`);
  return [`const at = (i) => [${places.join(', ')}][i];`];
}

const placesMax = 64;

/**
 * Whether what was answered is allowed element by element, and yet breaks a law, or is not the gradient of
 * its forward: then the values themselves are what the program looks for.
 */
function isBeyondValues(
  { exact, allowed, got }: ScriptInput,
  { oracle, format }: { readonly oracle: Finding['oracle']; readonly format: Format },
): boolean {
  if (oracle === 'exact' || oracle === 'conduct' || got === null || got.length !== exact.length) return false;
  return Array.from(exact).every(
    (due, i) =>
      allowed[i] === Infinity || isAccepted(got[i]!, { exact: due, tolerance: allowed[i]!, format }),
  );
}

function sameValues({ sentence, law }: Finding, { got }: ScriptInput, format: Format): Comparing {
  return {
    given: [
      '',
      '// Each of these values is allowed by itself, and together they cannot be right:',
      `// ${plainText(law === null ? sentence : `${law}: ${sentence}`, 300)}`,
      `const wrong = ${numbersLiteral(got!, format)};`,
      ...tellingLines(format),
      'let outside = 0;',
    ],
    lines: [
      `console.log('got', ${toldAll('got', format)});`,
      `if (wrong.every((value, i) => Object.is(${roundingOf(format)}(value), got[i]))) outside = wrong.length;`,
    ],
    tell: [],
  };
}

function verdictLines({
  exits: { shown, notShown },
  isWatched,
  isCompared,
}: {
  readonly exits: Exits;
  readonly isWatched: boolean;
  readonly isCompared: boolean;
}): readonly string[] {
  const right = [...(isWatched ? ["broken === ''"] : []), ...(isCompared ? ['outside === 0'] : [])];
  return [
    ...(isWatched ? ["if (broken !== '') console.log(broken);"] : []),
    `process.exitCode = ${right.join(' && ')} ? ${notShown} : ${shown};`,
  ];
}

/** Whoever declines a call, by the code that the contract has for it, is not wrong. */
function threwLines({ shown, notShown }: Exits): readonly string[] {
  return [
    'function threw(error) {',
    "  console.log('it threw:', error);",
    `  process.exit(error?.code === 'ERR_UNSUPPORTED' ? ${notShown} : ${shown});`,
    '}',
  ];
}
