/**
 * What a case costs, in CPU microseconds of a process that is warm: drawing it, drawing it and calling the
 * own kernels by the adapter of a subject, asking the references as well, in stacks and alone, and all of
 * judging it, in columns and one by one. What comes before judging is the least that any way leaves.
 * Each in a process of its own: V8's code for one way is not that for another.
 * `npm run series:case-cost -- [cases of each of five rounds = 100000] [references = none]`
 */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import type { Case } from '../src/case/case.ts';
import { UsageError } from '../src/contract/failure.ts';
import { operations } from '../src/contract/subject.ts';
import { drawnByDefault, unwatchedSetup } from '../src/bench/unwatched-setup.ts';
import { cpuSecondsSince } from '../src/bench/find/cpu-clock.ts';
import { referenceNamed, referenceNames } from '../reference/index.ts';
import { openBlock } from '../src/examine/block.ts';
import { blockAt, lengthOf } from '../src/examine/range.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { defaultMaxElements } from '../src/generate/shape.ts';
import * as kernels from '../src/kernels/index.ts';
import { takeIntrinsics } from '../src/subjects/intrinsics.ts';
import { watchIntrinsics } from '../src/subjects/watch-intrinsics.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { calledHere } from '../src/worker/load-participants.ts';
import { performerOf, unwatched } from '../src/worker/perform.ts';
import { isMain } from './run.ts';

const seed = '42';
const rounds = 5;
const formats = ['float32'] as const;

/** Does something with about so many cases, from block `from` on; how many there were. */
type Way = (cases: number, from: number) => Promise<number>;

function waysFor(references: readonly Implementation[]): Readonly<Record<string, Way>> {
  const watch = watchIntrinsics(takeIntrinsics(), (change) => {
    throw new Error(`the own kernels changed what all code shares: ${JSON.stringify(change)}`);
  });
  const { subject, state } = calledHere({ ...kernels }, { name: 'from-scratch', watch });
  const space = { operations, formats, maxElements: defaultMaxElements };
  const drawn = (index: number): Case => generateCase({ seed: BigInt(seed), index }, space);
  const call = (c: Case): void => {
    if (subject.declines(c) === null) void subject.run(c);
  };
  const each =
    (act: (index: number) => void): Way =>
    (cases, from) => {
      const first = blockAt(from, null)!.from;
      for (let index = first; index < first + cases; index++) act(index);
      return Promise.resolve(cases);
    };
  const judging = (oneByOne: boolean): Way => {
    const loaded = { participants: { subject, references }, subject: state, references: [] };
    const names = references.map(({ name }) => name);
    const own = { subject: null, references: names, seed, formats, ...(oneByOne ? { oneByOne } : {}) };
    const perform = performerOf(unwatchedSetup({ ...own, ...drawnByDefault }), loaded, unwatched);
    return async (cases, from) => {
      let done = 0;
      for (let block = from; done < cases; block++) {
        const range = blockAt(block, null)!;
        const job = { kind: 'indices', ...range, unstacked: [], known: [], leftMs: null } as const;
        await perform(job);
        done += lengthOf(range);
      }
      return done;
    };
  };
  const asking: Way = async (cases, from) => {
    let done = 0;
    for (let number = from; done < cases; number++) {
      const range = blockAt(number, null)!;
      const block = openBlock(range, {
        generate: drawn,
        references,
        unstacked: new Set(),
        onRun: () => undefined,
        onGenerate: () => undefined,
      });
      for (let index = range.from; index < range.to; index += range.step) {
        const c = block.caseAt(index);
        call(c);
        const stacked = await block.stackedAt(index);
        for (const [at, reference] of references.entries())
          if ((stacked[at] ?? null) === null && reference.declines(c) === null) await reference.run(c);
      }
      done += lengthOf(range);
    }
    return done;
  };
  return {
    drawn: each((index) => void drawn(index)),
    'drawn and called': each((index) => call(drawn(index))),
    ...(references.length === 0 ? {} : { 'and references asked': asking }),
    'judged in columns': judging(false),
    'judged one by one': judging(true),
  };
}

/** Microseconds of a case, of each round: the first, in which code is compiled, left out. */
async function measure(way: Way, cases: number): Promise<readonly number[]> {
  const costs: number[] = [];
  for (let round = 0, block = 0; round <= rounds; round++) {
    const start = process.cpuUsage();
    const done = await way(cases, block);
    if (round > 0) costs.push((cpuSecondsSince(start) / done) * 1e6);
    block += Math.ceil(done / lengthOf(blockAt(block, null)!));
  }
  return costs.sort((a, b) => a - b);
}

async function loaded(names: readonly string[]): Promise<readonly Implementation[]> {
  const all: Implementation[] = [];
  for (const name of names) {
    const reference = await referenceNamed(name)?.load();
    if (reference === undefined)
      throw new UsageError(
        `there is no reference ${JSON.stringify(name)}; there are ${referenceNames.join(', ')}`,
      );
    if (reference.kind === 'missing') throw new UsageError(`${name} is missing: ${reference.reason}`);
    all.push(reference.implementation);
  }
  return all;
}

function countOf(text: string): number {
  const cases = Number(text);
  if (!Number.isInteger(cases) || cases < 1)
    throw new UsageError(`${JSON.stringify(text)} is no number of cases`);
  return cases;
}

if (isMain(import.meta.url)) {
  const [cases = '100000', names = 'none', one] = process.argv.slice(2);
  const count = countOf(cases);
  const ways = waysFor(await loaded(names === 'none' ? [] : names.split(',')));
  if (one === undefined) {
    console.log(
      `CPU µs of a case (float32, references ${names}, seed ${seed}): median, least and most of ${rounds} rounds`,
    );
    for (const name of Object.keys(ways)) {
      const args = [process.argv[1]!, cases, names, name];
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
      console.log(stdout.trim().split('\n').at(-1)); // XNNPACK prints, too
    }
    console.log(`load of the machine: ${loadavg()[0]!.toFixed(2)}`);
  } else {
    const costs = await measure(ways[one]!, count);
    const figures = [costs[Math.floor(rounds / 2)]!, costs[0]!, costs.at(-1)!];
    console.log(one.padEnd(22) + figures.map((value) => value.toFixed(1).padStart(8)).join(''));
  }
}
