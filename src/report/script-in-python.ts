/**
 * A program in Python that shows a divergence of a library, or of a kernel in Python, without logitfuzz: the
 * call with its numbers, and what was due. Pure text.
 */
import { answerFormat } from '../case/answer-format.ts';
import { blamedName, type Finding } from '../case/finding.ts';
import { outputShape, type Case } from '../case/case.ts';
import type { Reference } from '../../reference/reference.ts';
import type { Format } from '../float/format.ts';
import { whoIsAllowed } from '../text/deviation.ts';
import { plainText } from '../text/plain-text.ts';
import { heldAs, pythonNumbers, pythonShape, pythonType } from '../text/python-literals.ts';
import { pythonSubjectCall, pythonSubjectLoad } from './script-of-python-subject.ts';
import {
  exitCodesText,
  plainExits,
  pythonLoadLines,
  runText,
  type Package,
  type ScriptInput,
} from '../text/script-lines.ts';

/** The version as an index of packages knows it, without what a build adds: `2.15.0` of `2.15.0+cu132`. */
export function publicVersion(version: string | null): string | null {
  const first = version?.split('+')[0] ?? '';
  return /^[\d.]+$/.test(first) ? first : null;
}

/** What a program in Python asks, and how it is run. */
export interface AskedInPython {
  readonly run: string;
  readonly load: readonly string[];
  /** They leave the answer in `y`, and its numbers in `got`. */
  readonly call: readonly string[];
}

export function libraryInPython(finding: Finding, reference: Reference, c: Case): AskedInPython {
  const version = finding.references.find(({ name }) => name === reference.name)?.version ?? null;
  const call = reference.script(c);
  const needed = withBfloat16(reference.package, call);
  return {
    run: `Run it with: ${runText(needed, publicVersion(version))}`,
    load: [...pythonLoadLines(needed), ''],
    call,
  };
}

/** NumPy has bfloat16 by a package of its own. */
function withBfloat16(needed: Package, call: readonly string[]): Package {
  if (!call.some((line) => line.includes(pythonType('bfloat16')))) return needed;
  const { install, load } = needed;
  return { ...needed, install: [...install, 'ml_dtypes'], load: [...load, 'import ml_dtypes'] };
}

export function subjectInPython(module: string, c: Case): AskedInPython {
  return {
    run: 'Run it where the path below starts from: python show.py',
    load: pythonSubjectLoad(module, c),
    call: pythonSubjectCall(c),
  };
}

/** Every number reads back to the same bits, but for a NaN's payload. Exits as `exitCodesText` says. */
export function pythonScript(
  finding: Finding,
  { run, load, call }: AskedInPython,
  matter: ScriptInput,
  { isBare }: { readonly isBare: boolean },
): string {
  const comments = isBare
    ? []
    : [
        `${blamedName(finding)} is ${finding.severity}: ${finding.case}`,
        finding.sentence,
        `Printed by logitfuzz ${finding.provenance.tool}, and needs nothing that judges.`,
      ];
  const isOfConduct = finding.oracle === 'conduct';
  return [
    ...comments.map((text) => `# ${plainText(text, 300)}`),
    `# ${exitCodesText}`,
    `# ${run}`,
    ...load,
    ...(isOfConduct ? conductLines(call, matter) : [...call, ...comparingLines(finding, matter)]),
  ].join('\n');
}

/** What does not come back ends the program, or is ended by whoever runs it. */
function conductLines(call: readonly string[], { case: c }: ScriptInput): readonly string[] {
  return [
    'try:',
    ...call.map((line) => `    ${line}`),
    'except Exception as error:',
    "    print('it threw:', error)",
    `    sys.exit(${plainExits.shown})`,
    `print('got', got, 'of the shape', np.shape(y))`,
    `sys.exit(${plainExits.notShown} if np.shape(y) == ${pythonShape(outputShape(c))} else ${plainExits.shown})`,
  ];
}

/** So many values that are off are told one by one. */
const toldMax = 8;

function comparingLines(finding: Finding, { case: c, exact, allowed, got }: ScriptInput): readonly string[] {
  const format = answerFormat(c, finding.arithmetic);
  const shape = pythonShape(outputShape(c));
  if (finding.oracle !== 'exact' && got !== null && got.length === exact.length) {
    return [
      '',
      '# Each of these values may be allowed by itself, and together they cannot be right:',
      `# ${plainText(finding.law === null ? finding.sentence : `${finding.law}: ${finding.sentence}`, 300)}`,
      `wrong = np.array(${pythonNumbers(got, heldAs(format))}, np.${heldAs(format)}).astype(np.float64)`,
      "print('got', got)",
      `sys.exit(${plainExits.shown} if np.array_equal(got, wrong, equal_nan=True) else ${plainExits.notShown})`,
    ];
  }
  return [
    '',
    `# The exact answer, element by element, and the error that ${whoIsAllowed(finding.severity)} is allowed.`,
    `exact = np.array(${pythonNumbers(exact, 'float64')}, np.float64)`,
    `allowed = np.array(${pythonNumbers(allowed, 'float64')}, np.float64)`,
    ...(format === 'bfloat16' ? bfloat16Lines : []),
    "with np.errstate(all='ignore'):",
    `    low, high = ${roundedIn('exact - allowed', format)}, ${roundedIn('exact + allowed', format)}`,
    'right = np.where(np.isnan(exact), np.isnan(got), (got >= low) & (got <= high))',
    `for i in np.flatnonzero(~right)[:${toldMax}]:`,
    `    at = [int(k) for k in np.unravel_index(i, ${shape})]`,
    "    print(f'at {at}: got {got[i]}, exact {exact[i]}, allowed ± {allowed[i]}')",
    "print(f'{np.count_nonzero(~right)} of {len(exact)} values are outside of what is allowed')",
    `sys.exit(${plainExits.notShown} if right.all() else ${plainExits.shown})`,
  ];
}

function roundedIn(numbers: string, format: Format): string {
  return format === 'bfloat16' ? `bfloat16(${numbers})` : `(${numbers}).astype(np.${format})`;
}

/** NumPy has no bfloat16 of its own, and a number that is first rounded to float32 is rounded twice. */
export const bfloat16Lines: readonly string[] = [
  '',
  '',
  'def bfloat16(numbers):',
  '    """The nearest of its numbers, of two the even one."""',
  '    step = np.exp2(np.maximum(np.floor(np.log2(np.abs(numbers))) - 7, -133.0))',
  '    nearest = np.round(numbers / step) * step',
  '    nearest = np.where(np.abs(nearest) > (2 - 2**-7) * 2.0**127, np.copysign(np.inf, nearest), nearest)',
  '    return np.where(np.isfinite(numbers) & (numbers != 0), nearest, numbers)',
  '',
  '',
];
