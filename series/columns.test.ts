/**
 * A range judged in columns and the same range judged case by case: the same counts, sightings and findings,
 * to the last digit, and the same calls in the same order. The long form of it is columns.ts.
 */
import { describe, expect, test } from 'vitest';
import { toy } from '../reference/fixtures/toy.ts';
import type { Outcome } from '../src/case/outcome.ts';
import { kernelNames, operations, type SubjectModule } from '../src/contract/subject.ts';
import { addTally, canonicalTally, emptyTally } from '../src/examine/tally.ts';
import type { Format } from '../src/float/format.ts';
import * as kernels from '../src/kernels/index.ts';
import * as textbook from '../src/kernels/textbook/index.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { subjectState } from '../src/worker/load-participants.ts';
import { performerOf, unwatched } from '../src/worker/perform.ts';
import type { Reply, WorkerSetup } from '../src/worker/protocol.ts';
import { wrongKernels } from './wrong-kernels.ts';

type Judged = Extract<Reply, { kind: 'batch' }>;

interface Asked {
  readonly cases: number;
  readonly formats?: readonly Format[];
  readonly references?: readonly Implementation[];
  readonly leftMs?: number | null;
  readonly from?: number;
  readonly setup?: Partial<WorkerSetup>;
}

const strands = 12;

/** The first cases of block 0, judged by a worker of this process. */
async function judge(
  subject: Implementation,
  module: SubjectModule,
  { cases, formats = ['float32', 'float64'], references = [], leftMs = null, from = 0, setup = {} }: Asked,
): Promise<Judged> {
  const runs = 12 * 24_576;
  const asked: WorkerSetup = {
    subject: null,
    references: [],
    seed: '7',
    corpus: [],
    runs,
    shard: { number: 1, of: 1 },
    rssLimitMb: 4096,
    shrinkEvaluations: 60,
    maximize: false,
    operations,
    formats,
    kernels: { among: kernelNames },
    ...setup,
  };
  const state = subjectState(subject, module);
  const states = references.map(({ name, version }) => ({
    name,
    version,
    engine: null,
    available: true,
    reason: null,
  }));
  const perform = performerOf(
    asked,
    { participants: { subject, references }, subject: state, references: states },
    unwatched,
  );
  const mode = { participants: 'all', pace: 'covered', shrink: true } as const;
  const range = { from, to: cases * strands, step: strands, mode };
  return (await perform({ kind: 'indices', ...range, unstacked: [], known: [], leftMs })) as Judged;
}

function judged({ tally, sightings, findings }: Judged): unknown {
  return { tally: canonicalTally(tally), sightings, findings };
}

/** Judges the module both ways, each time as a module that was never called. */
async function bothWays(make: () => SubjectModule, asked: Asked): Promise<readonly [unknown, unknown]> {
  const one = make();
  const other = make();
  const inColumns = await judge(subjectImplementation(one, { name: 'subject' }), one, asked);
  const oneByOne = await judge(subjectImplementation(other, { name: 'subject' }), other, {
    ...asked,
    setup: { oneByOne: true },
  });
  expect(inColumns.tally.cases).toBe(asked.cases);
  return [judged(inColumns), judged(oneByOne)];
}

type Softmax = (x: Tensor, options: { axis?: number }) => Tensor;
const softmax = kernels.softmax as unknown as Softmax;

/** What a kernel can do wrong, made anew for each campaign: some keep something between their calls. */
const misdeeds: Readonly<Record<string, () => SubjectModule>> = {
  sound: () => kernels,
  textbook: () => textbook,
  'NaN in wide lanes': () => ({
    softmax(x: Tensor, options: { axis?: number }) {
      const y = softmax(x, options);
      if (y.data.length > 20) y.data[3] = NaN;
      return y;
    },
  }),
  'infinite where it is not due': () => ({
    softmax(x: Tensor, options: { axis?: number }) {
      const y = softmax(x, options);
      if (y.data[0]! > 0.9) y.data[0] = Infinity;
      return y;
    },
  }),
  'a little off': () => ({
    ...kernels,
    softmax(x: Tensor, options: { axis?: number }) {
      const { shape, data } = softmax(x, options);
      return { shape, data: data.map((y) => y * (1 + 2 ** -19)) };
    },
  }),
  'throws for zeros': () => ({
    ...kernels,
    softmax(x: Tensor, options: { axis?: number }) {
      if (x.data.includes(0)) throw new RangeError('no zeros, please');
      return softmax(x, options);
    },
  }),
  'returns the buffer of the call before': () => {
    const buffer = new Float32Array(1 << 16);
    return {
      softmax(x: Tensor, options: { axis?: number }) {
        const { shape, data } = softmax(x, options);
        if (!(data instanceof Float32Array) || data.length > buffer.length) return { shape, data };
        buffer.set(data);
        return { shape, data: buffer.subarray(0, data.length) };
      },
    };
  },
  'returns a promise': () => ({
    softmax: async (x: Tensor, options: { axis?: number }) => softmax(x, options),
    logSumExp: kernels.logSumExp,
  }),
  'returns a promise, and is off': () => ({
    async softmax(x: Tensor, options: { axis?: number }) {
      const { shape, data } = softmax(x, options);
      return { shape, data: data.map((y) => y * 1.5) };
    },
  }),
  'declines most of what is asked': () => ({
    ...kernels,
    supports: { rank: [1, 2], crossEntropy: { target: ['indices'], weight: false } },
    refuses: true,
  }),
  'exports one kernel of nine': () => ({ logSoftmax: kernels.logSoftmax }),
  'writes to what it is given': () => ({
    softmax(x: Tensor, options: { axis?: number }) {
      const y = softmax(x, options);
      if (x.data.length === 6) x.data[0] = 0;
      return y;
    },
  }),
  'wrong in a form of the call': () => ({
    softmax(x: Tensor, options: { axis?: number }) {
      const y = softmax(x, options);
      if (x.data.byteOffset > 0 && !('axis' in options) && y.data.length > 1) y.data[1] = 7;
      return y;
    },
  }),
  'wrong in one case of a hundred': () => {
    let calls = 0;
    return {
      softmax(x: Tensor, options: { axis?: number }) {
        const y = softmax(x, options);
        if (calls++ === 150 && y.data.length > 0) y.data[0] = 2;
        return y;
      },
    };
  },
};

const examples = wrongKernels.filter(({ name }) =>
  ['dropped-tail', 'log-of-softmax', 'mean-over-positions', 'nan-swallowed', 'shifts-in-place'].includes(
    name,
  ),
);

describe('judged in columns and case by case', () => {
  test.each(Object.entries(misdeeds))(
    'a kernel that is or does this is judged alike: %s',
    async (_, make) => {
      const [inColumns, oneByOne] = await bothWays(make, { cases: 240 });

      expect(inColumns).toEqual(oneByOne);
    },
  );

  test.each(examples.map(({ name, module }) => [name, module] as const))(
    'a wrong kernel of the examples is judged alike: %s',
    async (_, module) => {
      const [inColumns, oneByOne] = await bothWays(() => module, { cases: 160, formats: ['float32'] });

      expect(inColumns).toEqual(oneByOne);
    },
  );

  test('where nothing diverges, each call is made once, and in the order of the indices', async () => {
    const calls: string[] = [];
    const noting = (): SubjectModule =>
      Object.fromEntries(
        kernelNames.map((name) => [
          name,
          (...args: unknown[]) => {
            const { shape, data } = args[0] as Tensor;
            calls.push(`${name} [${shape.join(', ')}] ${data.slice(0, 3).join(' ')}`);
            return (kernels[name] as (...given: unknown[]) => unknown)(...args);
          },
        ]),
      );

    await bothWays(noting, { cases: 1_200, formats: ['float32'] });

    expect(calls.length).toBeGreaterThan(2_400);
    expect(calls.slice(0, calls.length / 2)).toEqual(calls.slice(calls.length / 2));
  });

  test('so are references, in stacks and alone, those that are wrong and those that decline among them', async () => {
    const loaded = await toy.load({ outside: { rssLimitMb: 4096, caseTimeoutMs: 10_000 } });
    if (loaded.kind !== 'available') throw new Error('the toy is always there');
    const alone: Implementation = {
      ...subjectImplementation(textbook, { name: 'textbook' }),
      role: 'reference',
      declines: ({ logits, format }) =>
        format === 'float64' ? 'float64' : logits.shape.length > 3 ? 'four axes' : null,
    };

    const [inColumns, oneByOne] = await bothWays(() => ({ softmax: kernels.softmax }), {
      cases: 400,
      references: [loaded.implementation, alone],
    });

    expect(inColumns).toEqual(oneByOne);
    const { tally, findings } = inColumns as Judged;
    expect(tally.byImplementation['toy']).toMatchObject({ diverge: expect.any(Number) as number });
    expect(tally.byImplementation['textbook']!.skip).toBeGreaterThan(50);
    expect(findings.map(({ blame }) => blame)).toContain('toy');
  });

  test('so is a subject that is asked its cases ahead', async () => {
    const ahead = (module: SubjectModule): Implementation => {
      const subject = subjectImplementation(module, { name: 'subject' });
      return {
        ...subject,
        async runMany(cases) {
          const outcomes: Outcome[] = [];
          for (const c of cases) outcomes.push(await subject.run(c));
          return outcomes;
        },
      };
    };
    const module = misdeeds['NaN in wide lanes']!();

    const inColumns = await judge(ahead(module), module, { cases: 400 });
    const oneByOne = await judge(ahead(module), module, { cases: 400, setup: { oneByOne: true } });

    expect(judged(inColumns)).toEqual(judged(oneByOne));
    expect(inColumns.tally.verdicts.diverge).toBeGreaterThan(10);
  });

  test('when the time is over, what was called is judged, and what is left is counted once', async () => {
    const slow = (): SubjectModule => ({
      softmax(x: Tensor, options: { axis?: number }) {
        for (const end = performance.now() + 0.2; performance.now() < end;);
        return softmax(x, options);
      },
    });
    const module = slow();
    const subject = subjectImplementation(module, { name: 'subject' });
    const whole = await judge(subject, module, { cases: 300 });

    const first = await judge(subject, module, { cases: 300, leftMs: 15 });
    const rest = await judge(subject, module, { cases: 300, from: first.endedBefore! });

    expect(first.tally.cases).toBe(first.endedBefore! / strands);
    expect(first.tally.cases).toBeGreaterThan(5);
    const sum = emptyTally();
    addTally(sum, first.tally);
    addTally(sum, rest.tally);
    expect(canonicalTally(sum)).toEqual(canonicalTally(whole.tally));
  });
});
