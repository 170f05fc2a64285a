/** What `bench` prints of what was measured, as lines. */
import { outsideElements, type Scaling, type ThroughputRow } from '../bench/bench.ts';
import { aheadOf, rowName, rowsOf, type Ahead } from '../bench/ahead.ts';
import { timedFormat, type KernelTiming, type KernelTimings } from '../bench/bench-job.ts';
import type { MachineLoad } from '../bench/machine.ts';
import type { AskedRate, AskedRates } from '../bench/outside.ts';
import type { ClockRate, Comparison, Medians } from '../bench/rate.ts';
import { ulpsMax } from '../text/far-off.ts';

export const throughputHead: readonly string[] = [
  'cases per second of the CPU (user and system, all processes), one worker, float32, warm, medians of 5 runs',
  'that alternate; elements: logits of a case on average; clock: cases per second that pass, and their ratio',
  [
    'references'.padEnd(34),
    ...['logitfuzz', 'elements'].map((name) => name.padStart(10)),
    'plain loop'.padStart(12),
    'elements'.padStart(10),
    'ratio'.padStart(8),
    'clock'.padStart(10),
    'plain'.padStart(10),
    'ratio'.padStart(8),
  ].join(''),
];

export function throughputLine(row: ThroughputRow): string {
  const cells = [
    whole(row.casesPerCpuSecond).padStart(10),
    row.meanElements.toFixed(1).padStart(10),
    whole(row.plainCasesPerCpuSecond).padStart(12),
    row.plainMeanElements.toFixed(1).padStart(10),
    row.cpuRatio.toFixed(2).padStart(8),
    whole(row.casesPerSecond).padStart(10),
    whole(row.plainCasesPerSecond).padStart(10),
    row.ratio.toFixed(2).padStart(8),
  ];
  return `${(row.references.join(' ') || 'none').padEnd(34)}${cells.join('')}`;
}

/** A rate that nobody could measure is a dash. */
function whole(rate: number): string {
  return Number.isNaN(rate) ? '-' : String(Math.round(rate));
}

export function isolationLines({ cpu, ...clock }: Comparison): readonly string[] {
  const line = ({ baseline, measured, ratio, rounds }: Medians, per: string): string =>
    `isolation costs ${percent(1 - ratio)}: ${whole(measured)} cases${per} in a supervised worker, ` +
    `${whole(baseline)} without (rounds: ${rounds.map((round) => percent(1 - round)).join(', ')})`;
  return ['', line(cpu, ' per CPU second'), line(clock, '/s')];
}

export function scalingLines({ workers, machine, sharing }: Scaling): readonly string[] {
  const line = (what: string, { baseline, measured, ratio, rounds }: Medians, how: string): string =>
    `${what} ${ratio.toFixed(2)} × ${how}: ${whole(measured)} and ${whole(baseline)} ` +
    `(rounds: ${rounds.map((round) => round.toFixed(2)).join(', ')})`;
  return [
    '',
    line('two workers are', workers, 'one, in cases/s'),
    line('two processes that share nothing are', machine, 'one, in cases/s'),
    line('two workers are', sharing, 'two processes that share nothing, in cases/s'),
    line('two workers are', sharing.cpu, 'two processes that share nothing, in cases per CPU second'),
  ];
}

export function loadLine({ cores, before, after }: MachineLoad): string {
  return `machine: ${cores} cores, load ${before.toFixed(2)} before and ${after.toFixed(2)} after`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export interface OutsideRates extends AskedRates {
  readonly subject: string;
  readonly judged: ClockRate;
  /** Null where there is no loop that people write instead. */
  readonly plain: ClockRate | null;
}

export function outsideLines({ subject, frames, stacked, judged, plain }: OutsideRates): readonly string[] {
  const rate = ({ cases, seconds }: ClockRate): string => `${Math.round(cases / seconds)} cases/s`;
  const asked = (how: string, { casesPerSecond, cpuMicroseconds }: AskedRate): string =>
    `  asked, ${how.padEnd(12)}${String(Math.round(casesPerSecond)).padStart(10)}  (${cpuMicroseconds.toFixed(1)} µs of this process a case)`;
  const isByFrames = frames.length > 1;
  return [
    `${subject}: float32 cases of 4 × 10 per second`,
    ...frames.map((one) =>
      asked(isByFrames ? `${String(one.frame).padStart(4)} a frame` : 'single calls', one),
    ),
    asked('stacked', stacked),
    `  judged, one worker, up to ${outsideElements} elements: ${rate(judged)}`,
    ...(plain === null
      ? []
      : [
          `  plain loop, pytest with hypothesis and allclose: ${rate(plain)} of ${(plain.elements / plain.cases).toFixed(0)} elements`,
        ]),
  ];
}

/** Three digits; of what is far off only that it is. */
export function ulpsCell(ulps: number): string {
  const max = ulpsMax(timedFormat);
  return ulps < max ? ulps.toPrecision(3) : `> ${max}`;
}

/** A line for each kernel and shape: microseconds and ULPs of each implementation, and who is ahead. */
export function kernelLines({ timings, absent }: KernelTimings): readonly string[] {
  const names = [...new Set(timings.map(({ implementation }) => implementation))];
  const cell = (row: readonly KernelTiming[], name: string): string => {
    const timing = row.find(({ implementation }) => implementation === name);
    if (timing === undefined) return '-'.padStart(22);
    const ulps = timing.ulpsMax === null ? '-' : ulpsCell(timing.ulpsMax);
    return `${Math.round(timing.microseconds)} µs, ${ulps}`.padStart(22);
  };
  const ahead = new Map(aheadOf(timings).map((one) => [rowName(one), one]));
  return [
    '',
    'microseconds of a call (median) and largest error in ULPs, axis 1; one thread each; as written: tf.tensor,',
    'the operation, dataSync',
    `${''.padEnd(46)}${names.map((name) => name.padStart(22)).join('')}  ahead`,
    ...rowsOf(timings).map((row) => {
      const name = rowName(row[0]!);
      return `${name.padEnd(46)}${names.map((one) => cell(row, one)).join('')}  ${aheadCell(ahead.get(name))}`;
    }),
    ...absent.map(({ name, reason }) => `skipped ${name}: ${reason}`),
  ];
}

function aheadCell(ahead: Ahead | undefined): string {
  if (ahead === undefined) return '-';
  const { fastest, other, times } = ahead;
  return `${fastest} (${times.toFixed(2)} × ${other})`;
}
