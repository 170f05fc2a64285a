/**
 * Cases per CPU second in each half against float32: drawn, asked of the from-scratch kernels, and judged,
 * in this process. In halves they compute in float32, between a decoding and an encoding. The formats take
 * turns, and what is told is the median of the turns: the machine may be shared.
 * `npm run series:half-throughput -- [cases a turn = 4000] [turns = 9] [seed = 1]`. Exit 1 below 0.7.
 */
import { kernelNames, operations, type SubjectModule } from '../src/contract/subject.ts';
import { encodedHalves, halfFacts, halfFormats, type Format } from '../src/float/format.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import * as kernels from '../src/kernels/index.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import type { HalfTensor, Tensor } from '../src/tensor/tensor.ts';

const [cases = 4_000, turns = 9, seed = 1] = process.argv.slice(2).map(Number);
const shareMin = 0.7;

type AnyKernel = (...args: readonly unknown[]) => Tensor;

/** The kernels, which take halves, too: fused, float32 inside. */
function takingHalves(): SubjectModule {
  const taking = kernelNames.map((name) => {
    const native = kernels[name] as AnyKernel;
    const kernel = (...args: readonly unknown[]): Tensor | HalfTensor => {
      const { dtype } = args[0] as HalfTensor;
      if (dtype === undefined) return native(...args);
      const { weight, ...options } = args.at(-1) as { readonly weight?: unknown };
      const given = args.slice(0, -1).map(decoded);
      const { shape, data } = native(...given, weight ? { ...options, weight: decoded(weight) } : options);
      return { shape, data: encodedHalves(data, dtype), dtype };
    };
    return [name, kernel];
  });
  return Object.fromEntries(taking) as SubjectModule;
}

function decoded(tensor: unknown): unknown {
  const { shape, data, dtype } = tensor as HalfTensor;
  if (dtype === undefined) return tensor;
  const { decode } = halfFacts(dtype);
  const values = new Float32Array(data.length);
  for (let i = 0; i < values.length; i++) values[i] = decode(data[i]!);
  return { shape, data: values };
}

const subject = subjectImplementation(takingHalves(), { name: 'fused' });

/** Cases a CPU second. */
function takeTurn(format: Format, turn: number): number {
  const space = { operations, formats: [format] };
  const before = process.cpuUsage();
  for (let index = turn * cases; index < (turn + 1) * cases; index++) {
    const judged = judgeCase(generateCase({ seed: BigInt(seed), index }, space), { subject, references: [] });
    if (judged instanceof Promise) throw new Error('the subject answered with a promise');
  }
  const { user, system } = process.cpuUsage(before);
  return (cases * 1e6) / (user + system);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const measured = ['float32' as const, ...halfFormats];
const rates = new Map<Format, number[]>(measured.map((format) => [format, []]));
for (const format of measured) takeTurn(format, turns); // for the engine to compile
for (let turn = 0; turn < turns; turn++)
  for (const format of measured) rates.get(format)!.push(takeTurn(format, turn));
const native = median(rates.get('float32')!);
const shares = measured.map((format) => {
  const rate = median(rates.get(format)!);
  const share = rate / native;
  console.log(
    `${format.padEnd(12)}${rate.toFixed(0).padStart(7)} cases a CPU second${share.toFixed(2).padStart(7)} of float32`,
  );
  return share;
});
if (Math.min(...shares) < shareMin) {
  console.error(`less than ${shareMin} of float32`);
  process.exitCode = 1;
}
