/**
 * How near libraries come to what is allowed to 16-bit kernels, and how often they are outside: by library,
 * kernel, format and level, over drawn cases and wide lanes.
 * `npm run series:half-table -- --python parts/venv/bin/python` prints it, `--save` writes docs/halves.md.
 * Ends with 3 where a library is missing.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ledgerEntryFor } from '../reference/ledger/ledger.ts';
import { references } from '../reference/index.ts';
import { plainly } from '../src/case/call-form.ts';
import { forwardShape, type Case, type Loss } from '../src/case/case.ts';
import type { Outcome } from '../src/case/outcome.ts';
import { kernelTable } from '../src/contract/subject.ts';
import { halfFormats, isHalf, roundTo, type HalfFormat } from '../src/float/format.ts';
import { ulpSize } from '../src/float/ulp.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { drawInt, randomSourceFor } from '../src/generate/random-source.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import * as fromScratch from '../src/kernels/index.ts';
import { answerOf } from '../src/oracles/exact.ts';
import { judgeElement } from '../src/oracles/judge-values.ts';
import { defaultArithmetic, type Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { sizeOf } from '../src/tensor/tensor.ts';
import { markdownTable } from '../src/text/plain-text.ts';
import { isMain, repository } from './run.ts';

type Kernel = (typeof kernelTable)[number];

/** What was measured of a kernel in a format. */
export interface Measured {
  cases: number;
  /** Largest |got − exact| ÷ (tolerance + half an ULP): careful fused, and naive composed. */
  fused: number;
  composed: number;
  /** Cases with an element outside. */
  outsideFused: number;
  outsideComposed: number;
  /** Cases outside naive composed that no entry of the ledger explains. */
  unexplained: number;
}

const widths = [2_048, 16_384, 65_536];
/** Equal logits, and such as are near each other. */
const fills = [() => 0, (unit: number) => 4 * unit - 2];

/** Drawn cases of the kernel, and wide lanes. */
export function* casesOf(
  { operation, direction, kernel }: Kernel,
  format: HalfFormat,
  { drawn, seed }: { readonly drawn: number; readonly seed: bigint },
): Generator<Case> {
  const space = { operations: [operation], kernels: [kernel], formats: [format] };
  for (let index = 0; index < drawn; index++) yield plainly(generateCase({ seed, index }, space));
  let index = 0;
  for (const width of widths) {
    for (const fill of fills) {
      const random = randomSourceFor({ seed, index: index++ });
      const unit = (): number => drawInt(random, 2 ** 24) / 2 ** 24;
      const values = (count: number, valueOf: (unit: number) => number): Float64Array =>
        Float64Array.from({ length: count }, () => roundTo(format, valueOf(unit())));
      const draft: Case = {
        operation,
        direction,
        format,
        axis: -1,
        logits: { shape: [1, width], data: values(width, fill) },
        regimes: [],
        checks: [],
      };
      const isOfTarget = direction === 'targetBackward';
      const loss: Loss = {
        reduction: 'mean',
        labelSmoothing: 0,
        target: isOfTarget
          ? { shape: [1, width], data: values(width, () => 1 / width) }
          : { shape: [1], data: Int32Array.of(drawInt(random, width)) },
      };
      const whole = operation === 'crossEntropy' ? { ...draft, loss } : draft;
      if (direction === 'forward') yield whole;
      else {
        const shape = forwardShape(whole);
        yield { ...whole, cotangent: { shape, data: values(sizeOf(shape), (one) => one + 0.5) } };
      }
    }
  }
}

const frameCases = 32;

/** Null where nothing of it was judged. */
async function measure(implementation: Implementation, cases: readonly Case[]): Promise<Measured | null> {
  const asked = cases.filter((c) => implementation.declines(c) === null);
  const measured: Measured = {
    cases: 0,
    fused: 0,
    composed: 0,
    outsideFused: 0,
    outsideComposed: 0,
    unexplained: 0,
  };
  for (let first = 0; first < asked.length; first += frameCases) {
    const frame = asked.slice(first, first + frameCases);
    const outcomes = await implementation.runMany?.(frame);
    for (const [i, c] of frame.entries())
      await add(measured, implementation, c, outcomes?.[i] ?? (await implementation.run(c)));
  }
  return measured.cases === 0 ? null : measured;
}

async function add(
  measured: Measured,
  implementation: Implementation,
  c: Case,
  outcome: Outcome,
): Promise<void> {
  if (outcome.kind !== 'values' || outcome.tensor === null) return;
  const answer = answerOf(c, defaultArithmetic);
  const { exact, careful, naive, mayOverflow, format } = answer;
  const got = outcome.tensor.data;
  measured.cases++;
  let [isOutsideFused, isOutsideComposed] = [false, false];
  for (let i = 0; i < exact.length; i++) {
    const verdict = judgeElement(got[i]!, answer, i);
    isOutsideFused ||= verdict === 'inaccurate' || verdict === 'wrong';
    isOutsideComposed ||= verdict === 'wrong';
    if (!Number.isFinite(exact[i]!) || careful[i] === Infinity || mayOverflow[i] === 1) continue;
    if (!Number.isFinite(got[i]!)) {
      if (verdict === 'inaccurate' || verdict === 'wrong') measured.fused = Infinity;
      if (verdict === 'wrong') measured.composed = Infinity;
      continue;
    }
    const rounding = isHalf(format) ? ulpSize(exact[i]!, format) / 2 : 0;
    const error = Math.abs(got[i]! - exact[i]!);
    measured.fused = Math.max(measured.fused, error / (careful[i]! + rounding));
    measured.composed = Math.max(measured.composed, error / (naive[i]! + rounding));
  }
  if (isOutsideFused) measured.outsideFused++;
  if (!isOutsideComposed) return;
  measured.outsideComposed++;
  const subject = { ...implementation, run: () => outcome };
  const [{ verdict }] = await judgeCase(c, { subject, references: [] });
  if (verdict.kind !== 'diverge') return;
  const { name: blame, version } = implementation;
  if (ledgerEntryFor({ case: c, blame, version, divergence: verdict.divergences[0] }) === null)
    measured.unexplained++;
}

/** `1.3e+3 / 62 %` */
function cellOf(worst: number, outside: number, cases: number): string {
  const size = worst === Infinity ? '∞' : worst < 100 ? worst.toPrecision(3) : worst.toExponential(1);
  const share = (100 * outside) / cases;
  return `${size} / ${outside === 0 ? '0' : `${share < 10 ? share.toFixed(1) : Math.round(share)} %`}`;
}

interface Row {
  readonly library: string;
  readonly kernel: string;
  readonly of: Readonly<Record<HalfFormat, Measured | null>>;
}

function tableOf(rows: readonly Row[]): string {
  const head = halfFormats.flatMap((format) => [`${format}, fused careful`, `${format}, composed naive`]);
  return markdownTable(
    ['', 'kernel', ...head, 'cases', 'unexplained'],
    rows.map(({ library, kernel, of }) => {
      const all = halfFormats.map((format) => of[format]);
      return [
        library,
        kernel,
        ...all.flatMap((one) =>
          one === null
            ? ['', '']
            : [
                cellOf(one.fused, one.outsideFused, one.cases),
                cellOf(one.composed, one.outsideComposed, one.cases),
              ],
        ),
        all.map((one) => one?.cases ?? 0).join(' + '),
        String(all.reduce((sum, one) => sum + (one?.unexplained ?? 0), 0)),
      ];
    }),
  );
}

function documentOf(rows: readonly Row[], versions: readonly string[], command: string): string {
  return `# Halves in libraries, measured

<!-- Generated by \`${command}\`. -->

How near libraries on the CPU come to [what is allowed](numerics.md#20-halves-float16-and-bfloat16), in float16 and bfloat16. A
cell has the largest |got − exact| ÷ (tolerance + half an ULP), and the share of cases with an element outside. _Fused
careful_ is float32 inside and one rounding at the end: beyond it an answer is \`inaccurate\` by default. _Composed naive_ is
each tensor on the way rounded, and sums in float32: beyond it an answer is \`wrong\`. The cases are drawn as a campaign draws
them (_cases_ are those that were judged), and lanes of ${widths.join(', ')} classes, equal and near each other. ∞ is an answer that is
none. Cases outside composed naive that no entry of a library's document explains are counted as _unexplained_.

${versions.join(' · ')}

\`\`\`sh
${command}
\`\`\`

${tableOf(rows)}

Where only fused careful is exceeded, a half was stored on the way: float32 inside and one rounding would have been nearer.
What is outside of composed naive is told, with its cause, in the documents on [PyTorch](divergences/torch.md),
[JAX](divergences/jax.md), [ONNX Runtime](divergences/onnxruntime.md), [ONNX](divergences/onnx.md),
[NumPy](divergences/numpy.md) and [SciPy](divergences/scipy.md).
`;
}

const outside = { rssLimitMb: 12_000, caseTimeoutMs: 60_000 };
const measuredLibraries = ['torch', 'jax', 'onnxruntime', 'onnx-reference', 'numpy', 'scipy'];

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      drawn: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      python: { type: 'string' },
      save: { type: 'boolean', default: false },
    },
  });
  const choice = { drawn: Number(values.drawn), seed: BigInt(values.seed) };
  const rows: Row[] = [];
  const versions: string[] = [];
  const survey = async (implementation: Implementation): Promise<void> => {
    versions.push(`${implementation.name} ${implementation.version}`);
    for (const row of kernelTable) {
      const measured = { float16: null, bfloat16: null } as Record<HalfFormat, Measured | null>;
      for (const format of halfFormats)
        measured[format] = await measure(implementation, [...casesOf(row, format, choice)]);
      if (halfFormats.every((format) => measured[format] === null)) continue;
      rows.push({ library: implementation.name, kernel: row.kernel, of: measured });
      writeSync(1, `${tableOf(rows.slice(-1)).split('\n').at(-1)}\n`);
    }
  };
  await survey(subjectImplementation(fromScratch, { name: 'from-scratch' }));
  for (const name of measuredLibraries) {
    const loaded = await references
      .find((one) => one.name === name)!
      .load({ outside: { ...outside, ...(values.python === undefined ? {} : { python: values.python }) } });
    if (loaded.kind === 'missing') {
      writeSync(1, `${name} is not there: ${loaded.reason}; ${loaded.remedy}\n`);
      process.exitCode = 3;
      continue;
    }
    await survey(loaded.implementation);
    loaded.implementation.dispose?.();
  }
  const command = `npm run series:half-table -- --drawn ${values.drawn} --seed ${values.seed} --save`;
  if (values.save && process.exitCode === undefined)
    writeFileSync(join(repository, 'docs/halves.md'), documentOf(rows, versions, command));
}
