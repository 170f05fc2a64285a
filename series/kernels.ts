/**
 * The largest error of each from-scratch kernel on float32, in ULPs, of its JavaScript form and of its
 * WebAssembly form, by kind of lanes (rows, and interleaved in every fourth case), and in how many elements
 * the two have other bits. Against the exact oracle, and its double-double where the two do not agree.
 * Elements of a gradient whose terms cancel until float64 has no more digits are counted apart, where their
 * error is within 2^-24 of what a careful kernel is allowed. Exit 1 for others above 0.501 ULP, or where
 * bits differ. `npm run series:kernels -- [elements of each kernel and kind = 1000000] [seed = 1]`
 */
import type { Case } from '../src/case/case.ts';
import { kernelNameOf, kernelTable, type KernelName } from '../src/contract/subject.ts';
import { formatFacts } from '../src/float/format.ts';
import { ulpError } from '../src/float/ulp.ts';
import {
  drawInt,
  drawSigned,
  drawUnit,
  randomSourceFor,
  type RandomSource,
} from '../src/generate/random-source.ts';
import { crossEntropyBackward, crossEntropyTargetBackward } from '../src/kernels/cross-entropy-gradient.ts';
import { crossEntropy } from '../src/kernels/cross-entropy.ts';
import { logSoftmax, logSoftmaxBackward } from '../src/kernels/log-softmax.ts';
import { logSumExp, logSumExpBackward } from '../src/kernels/log-sum-exp.ts';
import { useForm, type Form } from '../src/kernels/simd/blocks.ts';
import { kernelInstance } from '../src/kernels/simd/instance.ts';
import { softmax, softmaxBackward } from '../src/kernels/softmax.ts';
import { CaseWork } from '../src/oracles/exact.ts';
import { defaultArithmetic } from '../src/subjects/implementation.ts';
import { argumentsOf } from '../src/subjects/kernel-arguments.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { isMain } from './run.ts';

/** From their own modules: what package.json exports is a bundle, with a choice of the form for itself. */
const kernels = {
  softmax,
  softmaxBackward,
  logSoftmax,
  logSoftmaxBackward,
  logSumExp,
  logSumExpBackward,
  crossEntropy,
  crossEntropyBackward,
  crossEntropyTargetBackward,
};

/** Half an ULP is rounding itself. */
export const ulpsMax = 0.501;
const elementsOfCaseMax = 4_096;
const widths: readonly number[] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 17, 31, 64, 100, 127, 511, 513, 515, 1000, 1026, 2050, 4099,
];

type Draw = (random: RandomSource) => number;

const upTo =
  (size: number): Draw =>
  (random) =>
    size * drawSigned(random);
const oneOf =
  (...draws: readonly Draw[]): Draw =>
  (random) =>
    draws[drawInt(random, draws.length)]!(random);
const always =
  (value: number): Draw =>
  () =>
    value;
/** Any finite float32, each as likely. */
const anyBits: Draw = (random) => {
  const [value] = new Float32Array(Uint32Array.of(drawInt(random, 2 ** 32)).buffer);
  return Number.isFinite(value) ? value! : anyBits(random);
};
const rare =
  (often: Draw, seldom: Draw): Draw =>
  (random) =>
    drawInt(random, 16) === 0 ? seldom(random) : often(random);

interface Kind {
  readonly name: string;
  readonly logit: Draw;
  readonly cotangent: Draw;
  /** One class of each lane stands so far above. */
  readonly lead?: Draw;
}

/** What lanes are made of. Cotangents are finite but in the last, where only the bits are compared. */
const kinds: readonly Kind[] = [
  { name: 'within 10', logit: upTo(10), cotangent: upTo(1) },
  { name: 'within 40', logit: upTo(40), cotangent: upTo(1) },
  { name: 'within 1', logit: upTo(1), cotangent: oneOf(upTo(1), upTo(1e30), upTo(1e-30)) },
  { name: 'dominated', logit: upTo(4), lead: (random) => 6 + 100 * drawUnit(random), cotangent: upTo(2) },
  {
    name: 'subnormal shares',
    logit: upTo(8),
    lead: (random) => 85 + 25 * drawUnit(random),
    cotangent: upTo(9),
  },
  { name: 'ties', logit: (random) => drawInt(random, 3), cotangent: (random) => drawInt(random, 3) - 1 },
  { name: 'nearly equal', logit: (random) => 3 + 2 ** -18 * drawUnit(random), cotangent: upTo(1) },
  { name: 'like cotangents', logit: upTo(5), cotangent: (random) => 1000 + 2 ** -8 * drawSigned(random) },
  { name: 'masked', logit: oneOf(upTo(10), always(-Infinity)), cotangent: upTo(1) },
  { name: 'far apart', logit: oneOf(upTo(800), upTo(3e38)), cotangent: oneOf(upTo(1), upTo(3e38)) },
  { name: 'any bits', logit: anyBits, cotangent: anyBits },
  {
    name: 'no numbers',
    logit: rare(upTo(20), oneOf(always(NaN), always(Infinity), always(-Infinity))),
    cotangent: upTo(1),
  },
];

/** Where one is infinite no answer is asked for: only the two forms are compared. */
const infinite: Kind = {
  name: 'infinite cotangents',
  logit: rare(upTo(400), always(-Infinity)),
  cotangent: rare(upTo(2), oneOf(always(NaN), always(Infinity), always(-Infinity), always(0))),
};

interface Draws {
  readonly seed: number;
  readonly index: number;
  /** At most so many logits. */
  readonly elements: number;
}

function drawCase(kind: Kind, at: number, { seed, index, elements }: Draws): Case {
  const { operation, direction } = kernelTable[at]!;
  const random = randomSourceFor({ seed: BigInt(seed), index });
  const width = widths[(index + at) % widths.length]!;
  const count = Math.max(1, Math.floor(Math.min(elements, elementsOfCaseMax) / width));
  const filled = (shape: readonly number[], draw: Draw): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw(random)),
  });
  const isInterleaved = index % 64 >= 48; // the numbers of kinds fill the last four bits
  const shape = isInterleaved ? [width, count] : [count, width];
  const logits = filled(shape, kind.logit);
  const { lead } = kind;
  if (lead !== undefined)
    for (let row = 0; row < count; row++) {
      const place = drawInt(random, width);
      logits.data[isInterleaved ? place * count + row : row * width + place] = lead(random);
    }
  const indices = { shape: [count], data: Int32Array.from({ length: count }, () => drawInt(random, width)) };
  const likelihoods = filled(shape, drawUnit);
  const isLoss = operation === 'crossEntropy';
  const isPerLane = isLoss || operation === 'logSumExp';
  const target = direction === 'targetBackward' || index % 3 === 2 ? likelihoods : indices;
  const weight = index % 5 === 4 ? { weight: filled([width], drawUnit) } : {};
  const loss = { target, reduction: 'none', labelSmoothing: index % 7 === 6 ? 0.125 : 0, ...weight } as const;
  return {
    operation,
    direction,
    format: 'float32',
    axis: isInterleaved ? 0 : 1,
    logits,
    ...(isLoss ? { loss } : {}),
    ...(direction === 'forward' ? {} : { cotangent: filled(isPerLane ? [count] : shape, kind.cotangent) }),
    regimes: [],
    checks: [],
  };
}

/** Whether the kernels above are those whose form `useForm` chooses, and there is an instance. */
function checkForms(): void {
  const there = kernelInstance();
  for (const form of ['JavaScript', 'WebAssembly'] as const) {
    there?.x.fill(NaN, 0, 1);
    useForm(form);
    softmax({ shape: [1], data: Float32Array.of(7) });
    useForm('by size');
    if (Number.isNaN(there?.x[0]) !== (form === 'JavaScript'))
      throw new Error(`the kernels do not take the form ${form}`);
  }
}

function answerTo(c: Case, form: Form): Float32Array {
  useForm(form);
  try {
    const kernel = kernels[kernelNameOf(c.operation, c.direction)] as (...args: readonly unknown[]) => Tensor;
    return kernel(...argumentsOf(c, ({ tensor }) => tensor)).data as Float32Array;
  } finally {
    useForm('by size');
  }
}

/** The largest error, and the largest where terms cancel. Infinity: one is finite and the other is not. */
interface Errors {
  ulps: number;
  /** How much of what a careful kernel is allowed the error of elements above `ulpsMax` is. */
  share: number;
  cancelled: number;
}

/** What float32 kernels use of the tolerance at most, where terms cancel: docs/numerics.md §18. */
const shareMax = 2 ** -24;

function errorsOf(work: CaseWork, got: Float32Array): Errors {
  const { exact } = work.answer(defaultArithmetic);
  const nothing = new Float64Array(exact.length);
  const rough = worstOf(got, { exact, uncertainty: nothing, careful: nothing });
  return rough.ulps <= ulpsMax ? rough : worstOf(got, work.refined(defaultArithmetic));
}

/** Without what double-double itself leaves open, of terms that cancel: no error of anybody's. */
function worstOf(got: Float32Array, { exact, uncertainty, careful }: Exact): Errors {
  const errors = { ulps: 0, share: 0, cancelled: 0 };
  const { smallestNormal } = formatFacts('float32');
  for (let i = 0; i < got.length; i++) {
    const due = exact[i]!;
    if (Object.is(got[i], Math.fround(due)) && !Number.isFinite(got[i])) continue;
    const off = Math.abs(got[i]! - due);
    if (off <= uncertainty[i]!) continue;
    const ulps = ulpError(got[i]!, { exact: due, format: 'float32' }) ?? Infinity;
    const share = off / careful[i]!;
    if (ulps > ulpsMax && share <= shareMax && off >= smallestNormal) {
      errors.cancelled++;
      errors.share = Math.max(errors.share, share);
    } else errors.ulps = Math.max(errors.ulps, ulps);
  }
  return errors;
}

interface Exact {
  readonly exact: Float64Array;
  readonly uncertainty: Float64Array;
  readonly careful: Float64Array;
}

export interface Row {
  readonly kernel: KernelName;
  readonly lanes: string;
  elements: number;
  /** Null where nothing is asked but that the forms agree. */
  errors: { readonly javaScript: Errors; readonly webAssembly: Errors } | null;
  /** Elements in which the forms have other bits; any NaN is as another. */
  differ: number;
}

export function measureKernels({ elements, seed }: { elements: number; seed: number }): readonly Row[] {
  const rows: Row[] = [];
  for (const [at, { kernel }] of kernelTable.entries()) {
    for (const [number, kind] of [...kinds, infinite].entries()) {
      const none = (): Errors => ({ ulps: 0, share: 0, cancelled: 0 });
      const errors = kind === infinite ? null : { javaScript: none(), webAssembly: none() };
      const row: Row = { kernel, lanes: kind.name, elements: 0, errors, differ: 0 };
      for (let index = 0; row.elements < elements; index++)
        measure(row, drawCase(kind, at, { seed, elements, index: index * 16 + number }));
      rows.push(row);
    }
  }
  return rows;
}

function measure(row: Row, c: Case): void {
  const [inJavaScript, inWebAssembly] = [answerTo(c, 'JavaScript'), answerTo(c, 'WebAssembly')];
  row.elements += c.logits.data.length;
  inJavaScript.forEach((value, i) => {
    if (!Object.is(value, inWebAssembly[i])) row.differ++;
  });
  if (row.errors === null) return;
  const work = new CaseWork(c);
  addErrors(row.errors.javaScript, errorsOf(work, inJavaScript));
  addErrors(row.errors.webAssembly, errorsOf(work, inWebAssembly));
}

function addErrors(to: Errors, { ulps, share, cancelled }: Errors): void {
  to.ulps = Math.max(to.ulps, ulps);
  to.share = Math.max(to.share, share);
  to.cancelled += cancelled;
}

/** Whether an element is off by more than a rounding, or the forms differ. */
export function fails({ errors, differ }: Row): boolean {
  return (
    differ > 0 || (errors !== null && Math.max(errors.javaScript.ulps, errors.webAssembly.ulps) > ulpsMax)
  );
}

function cellsOf({ ulps, cancelled, share }: Errors): string[] {
  return [ulps.toFixed(6), String(cancelled), cancelled === 0 ? '' : `2^${Math.log2(share).toFixed(1)}`];
}

if (isMain(import.meta.url)) {
  checkForms();
  const [elements = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);
  const rows = measureKernels({ elements, seed });
  const head = ['kernel', 'lanes', 'elements', 'other bits'];
  for (const form of ['JavaScript', 'WebAssembly'])
    head.push(`ULPs, ${form}`, 'elements that cancelled', 'share of what is allowed');
  process.stdout.write(`${head.join('\t')}\n`);
  for (const { kernel, lanes, elements: of, errors, differ } of rows) {
    const told = errors === null ? [] : [errors.javaScript, errors.webAssembly].flatMap(cellsOf);
    process.stdout.write(`${[kernel, lanes, of, differ, ...told].join('\t')}\n`);
  }
  process.exitCode = rows.some(fails) ? 1 : 0;
}
