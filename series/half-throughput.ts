/**
 * Cases per CPU second in each half against float32: drawn, asked of the from-scratch kernels, and judged,
 * each format in a process of its own, as a campaign in one format is. The processes of a turn run beside
 * each other, so that what else the machine does takes from each alike; what is told is the median of the
 * turns. `npm run series:half-throughput -- [cases a turn = 10000] [turns = 5] [seed = 1]`. Exit 1 below 0.7.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { operations } from '../src/contract/subject.ts';
import { formats, halfFormats, type Format } from '../src/float/format.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import * as kernels from '../src/kernels/index.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';

const shareMin = 0.7;
/** A turn judges its cases so often, and the fastest time counts: at first the engine is compiling. */
const rounds = 4;

/** Cases a CPU second, of cases `from` on. */
function rateOf(
  format: Format,
  { seed, from, cases }: { seed: bigint; from: number; cases: number },
): number {
  const subject = subjectImplementation(kernels, { name: kernels.name });
  const space = { operations, formats: [format], refuses: kernels.refuses };
  const judge = (first: number): void => {
    for (let index = first; index < first + cases; index++)
      void judgeCase(generateCase({ seed, index }, space), { subject, references: [] });
  };
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    judge(from);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return cases / Math.min(...times);
}

interface Range {
  readonly seed: string;
  readonly from: number;
  readonly cases: number;
}

/** The same in a process of its own. */
async function rateApart(format: Format, { seed, from, cases }: Range): Promise<number> {
  const self = fileURLToPath(import.meta.url);
  const args = [self, format, seed, String(from), String(cases)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function compare([cases = '10000', turns = '5', seed = '1']: readonly string[]): Promise<void> {
  const measured = ['float32' as const, ...halfFormats];
  const rates = new Map<Format, number[]>(measured.map((format) => [format, []]));
  for (let turn = 0; turn < Number(turns); turn++) {
    const range = { seed, from: turn * Number(cases), cases: Number(cases) };
    const apart = await Promise.all(measured.map((format) => rateApart(format, range)));
    for (const [i, format] of measured.entries()) rates.get(format)!.push(apart[i]!);
  }
  const native = rates.get('float32')!;
  const shares = measured.map((format) => {
    const own = rates.get(format)!;
    const share = median(own.map((rate, turn) => rate / native[turn]!));
    const [rate, part] = [median(own).toFixed(0).padStart(7), share.toFixed(2).padStart(7)];
    console.log(`${format.padEnd(12)}${rate} cases a CPU second${part} of float32`);
    return share;
  });
  if (Math.min(...shares) >= shareMin) return;
  console.error(`less than ${shareMin} of float32`);
  process.exitCode = 1;
}

const args = process.argv.slice(2);
const [format, seed, from, cases] = args;
if (formats.includes(format as Format))
  console.log(rateOf(format as Format, { seed: BigInt(seed!), from: Number(from), cases: Number(cases) }));
else await compare(args);
