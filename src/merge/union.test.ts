import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { examplePart, exampleRun } from '../archive/fixtures/example-run.ts';
import { findingSummary } from '../archive/finding-file.ts';
import type { PartRecord, RunRecord } from '../archive/run-record.ts';
import type { Finding } from '../case/finding.ts';
import { coversOf } from '../campaign/covers.ts';
import { blockAt, blockCount, shardOf } from '../examine/range.ts';
import type { Sighting } from '../examine/sighting.ts';
import { remarksOn } from './remarks.ts';
import { unionOf, type RunAt, type Union } from './union.ts';
import { whyApart } from './why-apart.ts';

const conduct = (kernel: string, symptom = 'crashed'): string =>
  `1:${kernel}/forward/float32/subject/conduct/wrong/${symptom}/finite/default/last`;

const finding = (changes: Partial<Finding>): Finding => exampleFinding({ blame: 'subject', ...changes });

function runAt(path: string, record: Partial<RunRecord>, findings: readonly Finding[] = []): RunAt {
  const summaries = findings.map((one) => findingSummary(one, `${path}/finding.json`));
  return { path, record: exampleRun({ ...record, findings: summaries }), findings };
}

/** The union as it is when the merged run is read again. */
function asRun({ findings, ...rest }: Union): RunAt {
  const { run, exitCode } = exampleRun();
  return runAt('merged', { ...rest, command: 'merge', run, exitCode }, findings);
}

const shard = (number: number, changes: Partial<PartRecord> = {}): PartRecord =>
  examplePart({ shard: { number, of: 3 }, ...changes });

describe('the union of runs', () => {
  test('adds what each shard counted, and takes the largest ratio', () => {
    const [a, b] = [
      runAt('a', { parts: [shard(1, { cases: 10, skips: { x: 1 }, worstRatio: { k: 0.5 }, seconds: 2 })] }),
      runAt('b', {
        parts: [shard(2, { cases: 30, skips: { x: 2, y: 3 }, worstRatio: { k: 0.25 }, seconds: 3 })],
      }),
    ];

    const union = unionOf([a, b]);

    expect(union).toMatchObject({ cases: 40, skips: { x: 3, y: 3 }, worstRatio: { k: 0.5 }, seconds: 5 });
    expect(union.casesPerSecond).toBe(8);
  });

  test('sums what its parts left out, each part once, of old where the run alone tells it', () => {
    const [first, second] = [shard(1, { leftOut: { count: 3, failing: 1 } }), shard(2)];
    const a = runAt('a', { parts: [first], leftOut: { count: 3, failing: 1 } });
    const ofOld = runAt('b', { parts: [second], leftOut: { count: 2, failing: 0 } });
    const none = runAt('c', { parts: [shard(3)] });

    expect(unionOf([a, ofOld, none]).leftOut).toEqual({ count: 5, failing: 1 });
    expect(unionOf([asRun(unionOf([a, ofOld])), none, ofOld, a]).leftOut).toEqual({ count: 5, failing: 1 });
    expect(unionOf([none])).not.toHaveProperty('leftOut');
  });

  test('lists each kind of machine once, with all that are of it, however the runs were merged before', () => {
    const kind = { node: 'v20.20.0', v8: '11.3', platform: 'linux x64', cpu: 'A' };
    const other = { ...kind, cpu: 'B', canary: { 'tfjs-node': 3 } };
    const a = runAt('a', {
      parts: [shard(1)],
      machines: [
        { ...kind, names: ['one', 'two'] },
        { ...other, names: ['three'] },
      ],
    });
    const b = runAt('b', { parts: [shard(2)], machines: [{ ...kind, names: ['four', 'two'] }] });
    const alone = runAt('c', { parts: [shard(3)] });

    const union = unionOf([a, b, alone]);

    expect(union.machines).toEqual([
      { ...kind, names: ['four', 'one', 'two'] },
      { ...other, names: ['three'] },
    ]);
    expect(unionOf([asRun(unionOf([b, alone])), asRun(union), a]).machines).toEqual(union.machines);
    expect(unionOf([alone])).not.toHaveProperty('machines');
  });

  test('sums the causes that its parts left out, where each that did has counted them', () => {
    const [of, ofOld] = [
      (count: number, causes: number) => ({ count, causes, failing: 0 }),
      { count: 1, failing: 0 },
    ];
    const a = runAt('a', { parts: [shard(1, { leftOut: of(5, 2) })] });
    const b = runAt('b', { parts: [shard(2, { leftOut: of(4, 1) })] });
    const none = runAt('c', { parts: [shard(3)] });
    const old = runAt('d', { parts: [shard(4, { leftOut: ofOld })] });

    expect(unionOf([a, none, b]).leftOut).toEqual(of(9, 3));
    expect(unionOf([a, old]).leftOut).toEqual({ count: 6, failing: 0 });
  });

  test('has a signature once: of its lowest index, with the sum of its counts and as bad as the worst', () => {
    const sighting = { signature: 's', count: 4, lowestIndex: 7, ratio: 8 };
    const a = runAt('a', { parts: [shard(1, { sightings: [sighting] })] }, [
      finding({ signature: 's', index: 7, sentence: 'seventh' }),
    ]);
    const b = runAt(
      'b',
      { parts: [shard(2, { sightings: [{ ...sighting, count: 5, lowestIndex: 3, ratio: 3 }] })] },
      [finding({ signature: 's', index: 3, sentence: 'third' })],
    );

    expect(unionOf([a, b]).findings).toEqual([
      finding({ signature: 's', index: 3, sentence: 'third', count: 9, ratio: 8 }),
    ]);
  });

  test('has what the ledger knows once for each reference and entry, also of runs that had it by signature', () => {
    const old = (kernel: string): string =>
      `1:${kernel}/forward/float32/tfjs-cpu/exact/wrong/nan/-inf/default/last/known=infinite-maximum`;
    const known = { blame: 'tfjs-cpu', known: true, ledger: 'infinite-maximum' } as const;
    const seen = (signature: string, count: number, lowestIndex: number): Sighting => ({
      signature,
      count,
      lowestIndex,
    });
    const before = runAt(
      'a',
      { parts: [shard(1, { sightings: [seen(old('softmax'), 2, 7), seen(old('logSumExp'), 3, 4)] })] },
      [
        finding({ ...known, signature: old('softmax'), index: 7 }),
        finding({ ...known, signature: old('logSumExp'), index: 4 }),
      ],
    );
    const signature = 'tfjs-cpu/known=infinite-maximum';
    const after = runAt('b', { parts: [shard(2, { sightings: [seen(signature, 4, 5)] })] }, [
      finding({ ...known, signature, index: 5 }),
    ]);

    expect(unionOf([before, after]).findings).toMatchObject([{ signature, index: 4, count: 9, known: true }]);
    expect(unionOf([asRun(unionOf([before])), after]).findings).toEqual(unionOf([after, before]).findings);
  });

  test('counts a shard that ran twice once: the run that judged more of it', () => {
    const part = (cases: number): PartRecord =>
      shard(1, { cases, stoppedBy: cases < 9 ? 'interrupted' : 'runs' });
    const [short, long] = [runAt('a', { parts: [part(5)] }), runAt('b', { parts: [part(9)] })];

    expect(unionOf([short, long])).toMatchObject({ cases: 9, stoppedBy: 'runs' });
    expect(unionOf([long, short])).toMatchObject({ cases: 9, stoppedBy: 'runs' });
  });

  test('counts parts of other numbers of shards beside each other, where they share no case', () => {
    const half = examplePart({ shard: { number: 1, of: 2 }, cases: 50 });
    const quarter = (number: number): PartRecord => examplePart({ shard: { number, of: 4 }, cases: 25 });
    const runs = [quarter(1), half, quarter(2), quarter(4)].map((part) => runAt('a', { parts: [part] }));

    const { parts, spareParts, cases } = unionOf(runs);

    expect(cases).toBe(100); // 0, 2, 4, …; 1, 5, 9, …; 3, 7, 11, …: the first quarter is a part of the half
    expect(parts.map((part) => part.shard)).toEqual([
      { number: 1, of: 2 },
      { number: 2, of: 4 },
      { number: 4, of: 4 },
    ]);
    expect(spareParts).toEqual([quarter(1)]);
  });

  test('counts a block that a run has lost from a run of that block', () => {
    const [runs, of] = [3e8, blockCount(3e8)];
    const lost = { nextBlock: of, shard: { number: 1, of: 1 }, runs, corpus: 0 };
    const pending = [blockAt(17, runs)!];
    const most = examplePart({
      runs,
      cases: 299_975_424,
      covers: coversOf({ ...lost, pending }),
      lost: pending,
    });
    const own = shardOf({ number: 18, of }, runs);
    const covers = coversOf({ ...lost, shard: own, pending: [] });
    const block = examplePart({ runs, cases: 24_576, shard: own, covers });

    const union = unionOf([most, block].map((part) => runAt('a', { parts: [part] })));

    expect(union.cases).toBe(3e8);
    expect(union).not.toHaveProperty('spareParts');
    expect(union).not.toHaveProperty('lost');
    expect(unionOf([runAt('a', { parts: [most] })])).toMatchObject({ lost: most.lost });
  });

  test('of equal covers counts the run that was started first, and keeps no other', () => {
    const part = (startedAt: string): PartRecord =>
      examplePart({ startedAt, covers: [{ from: 0, to: 100, step: 1 }] });
    const [early, late] = ['2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z'].map(part);

    const union = unionOf([late!, early!].map((one) => runAt('a', { parts: [one] })));

    expect(union.parts).toEqual([early]);
    expect(union).not.toHaveProperty('spareParts');
  });

  test('loses no finding of a run that counts no more', () => {
    const short = runAt('a', { parts: [shard(1, { cases: 5 })] }, [finding({ signature: 'once', count: 2 })]);
    const long = runAt('b', { parts: [shard(1, { cases: 9 })] });

    expect(unionOf([short, long]).findings).toMatchObject([{ signature: 'once', count: 1 }]);
  });

  test('knows a finding where every run knew it', () => {
    const known = (known: boolean, number: number): RunAt =>
      runAt('a', { parts: [shard(number)] }, [finding({ signature: 's', known })]);

    expect(unionOf([known(true, 1), known(false, 2)]).findings[0]!.known).toBe(false);
    expect(unionOf([known(true, 1), known(true, 2)]).findings[0]!.known).toBe(true);
  });

  test('tells what broke one shard off as one finding, of all shards', () => {
    const crash = { oracle: 'conduct', symptom: 'crashed' } as const;
    const broken = runAt(
      'a',
      {
        breaks: [{ blame: 'subject', symptom: 'crashed' }],
        parts: [
          shard(1, {
            stoppedBy: 'breaker',
            sightings: [
              { signature: conduct('softmax'), count: 3, lowestIndex: 2 },
              { signature: conduct('logSumExp'), count: 4, lowestIndex: 5 },
            ],
          }),
        ],
      },
      [finding({ ...crash, signature: conduct('softmax'), index: 2, count: 7 })],
    );
    const whole = runAt(
      'b',
      {
        parts: [
          shard(2, {
            sightings: [
              { signature: conduct('logSumExp'), count: 10, lowestIndex: 1 },
              { signature: conduct('softmax', 'threw'), count: 1, lowestIndex: 4 },
            ],
          }),
        ],
      },
      [
        finding({ ...crash, signature: conduct('logSumExp'), index: 1, count: 10 }),
        finding({ oracle: 'conduct', symptom: 'threw', signature: conduct('softmax', 'threw'), index: 4 }),
      ],
    );

    expect(unionOf([broken, whole]).findings).toMatchObject([
      { signature: conduct('logSumExp'), index: 1, count: 17 },
      { signature: conduct('softmax', 'threw'), count: 1 },
    ]);
  });

  test('leaves findings out of the exit code where every run did', () => {
    const [zero, one] = [
      runAt('a', { findingsExit: 0, parts: [shard(1)] }),
      runAt('b', { parts: [shard(2)] }),
    ];

    expect(unionOf([zero])).toMatchObject({ findingsExit: 0 });
    expect(unionOf([zero, one])).not.toHaveProperty('findingsExit');
  });

  test('of several seeds has the cases of all, the findings of the lowest seed first', () => {
    const ofSeed = (seed: string): RunAt =>
      runAt(seed, { seed, parts: [examplePart({ seed, runs: 100 })] }, [
        finding({ signature: 's', seed, index: 3 }),
      ]);

    const union = unionOf([ofSeed('10'), ofSeed('9')]);

    expect(union).toMatchObject({ seed: '9', cases: 200, budget: { runs: 200 } });
    expect(union.findings).toMatchObject([{ seed: '9' }]);
  });
});

test('120 shards of a thousand findings each are united in seconds', () => {
  const signatures = Array.from({ length: 1_000 }, (_, i) => `1:${i}`);
  const found = signatures.map((signature) => finding({ signature }));
  const sightings = signatures.map((signature) => ({ signature, count: 1, lowestIndex: 4711 }));
  const record = exampleRun();
  const shards = Array.from({ length: 120 }, (_, i): RunAt => {
    const parts = [examplePart({ shard: { number: i + 1, of: 120 }, seed: String(i), sightings })];
    return { path: 'a', record: { ...record, parts }, findings: found.map((one) => ({ ...one, index: i })) };
  });

  const { findings } = unionOf(shards);

  expect(findings.map(({ count }) => count)).toEqual(signatures.map(() => 120));
}, 5_000);

describe('the union is a function of the set of the runs', () => {
  const signatures = ['a', 'b', conduct('softmax'), conduct('logSumExp')];
  const runs: fc.Arbitrary<RunAt> = fc
    .record({
      dealt: fc.constantFrom<Partial<PartRecord>>(
        ...[1, 2, 3].map((number) => ({ shard: { number, of: 3 } })),
        ...[1, 2].map((number) => ({ shard: { number, of: 2 } })),
        { covers: [{ from: 0, to: 40, step: 1 }] },
        { covers: [{ from: 60, to: 100, step: 1 }] },
        { covers: [{ from: 30, to: 70, step: 1 }] },
        { shard: { number: 2, of: 4 }, covers: [{ from: 1, to: 98, step: 4 }] },
      ),
      seed: fc.constantFrom('7', '12'),
      cases: fc.integer({ min: 1, max: 3 }),
      startedAt: fc.constantFrom('2024-02-29T13:45:01.123Z', '2024-03-01T00:00:00.000Z'),
      stoppedBy: fc.constantFrom('runs', 'interrupted', 'breaker'),
      isBroken: fc.boolean(),
      strict: fc.boolean(),
      node: fc.constantFrom('v20.20.0', 'v22.1.0'),
      found: fc.uniqueArray(
        fc.record({
          signature: fc.constantFrom(...signatures),
          index: fc.integer({ min: -2, max: 4 }),
          count: fc.integer({ min: 1, max: 3 }),
          known: fc.boolean(),
          ratio: fc.constantFrom(2, 40, 'Infinity' as const),
          sameCases: fc.constantFrom(true, false, null),
          sentence: fc.constantFrom('x', 'y'),
        }),
        { selector: ({ signature }) => signature, maxLength: 4 },
      ),
    })
    .map(({ dealt, seed, cases, startedAt, stoppedBy, isBroken, strict, node, found }) => {
      const sightings = found.map(({ signature, index, count, ratio }) => ({
        signature,
        count,
        lowestIndex: index,
        ratio: signature.length > 1 ? null : ratio,
      }));
      const part = examplePart({ ...dealt, seed, cases, startedAt, stoppedBy, sightings });
      const crash = { oracle: 'conduct', symptom: 'crashed' } as const;
      const record = { seed, strict, node, parts: [part] };
      const findings = found.map(({ sameCases, ...f }) => {
        if (f.signature.length > 1) return finding({ ...f, ...crash, seed, ratio: null });
        const growth = { severity: 'wrong', ratio: 1, sameCases: sameCases ?? false } as const;
        return finding({ ...f, seed, ...(sameCases === null ? {} : { growth }) });
      });
      return runAt(
        'a',
        { ...record, breaks: isBroken ? [{ blame: 'subject', symptom: 'crashed' }] : [] },
        findings,
      );
    });
  const several = fc.array(runs, { minLength: 1, maxLength: 6 });

  test('in any order', () => {
    fc.assert(
      fc.property(several, fc.infiniteStream(fc.nat(1_000)), (all, weights) => {
        const shuffled = all
          .map((run) => ({ run, weight: weights.next().value as number }))
          .sort((a, b) => a.weight - b.weight)
          .map(({ run }) => run);

        expect(unionOf(shuffled)).toEqual(unionOf(all));
      }),
    );
  });

  test('in any grouping', () => {
    fc.assert(
      fc.property(several, several, several, (a, b, c) => {
        const whole = unionOf([...a, ...b, ...c]);

        expect(unionOf([asRun(unionOf([...a, ...b])), ...c])).toEqual(whole);
        expect(unionOf([...a, asRun(unionOf([...b, ...c]))])).toEqual(whole);
      }),
    );
  });

  test('where some are there twice, and merged with itself', () => {
    fc.assert(
      fc.property(several, (all) => {
        const whole = unionOf(all);

        expect(unionOf([...all, ...all])).toEqual(whole);
        expect(unionOf([asRun(whole)])).toEqual(whole);
        expect(unionOf([asRun(whole), all[0]!])).toEqual(whole);
      }),
    );
  });
});

describe('runs that cannot be merged are named, with the difference', () => {
  const { references, budget } = exampleRun();

  test.each<[string, Partial<RunRecord>, string]>([
    [
      'another subject',
      { subject: { name: 'mine', version: '1', module: null } },
      'the subject: from-scratch@0.1.0, and mine@1',
    ],
    [
      'another version of it',
      { subject: { name: 'from-scratch', version: '9', module: null } },
      'and from-scratch@9',
    ],
    ['another logitfuzz', { tool: '0.2.0' }, 'the version of logitfuzz: 0.1.0, and 0.2.0'],
    ['another generator', { generatorVersion: 9 }, 'the version of the generator: 1, and 9'],
    ['other operations', { operations: ['logSumExp'] }, '--operations: softmax, and logSumExp'],
    ['other formats', { formats: ['float64'] }, '--formats: float32, and float64'],
    ['a reference fewer', { references: references.slice(1) }, 'tfjs-wasm@4.22.0 (XNNPACK), and none'],
    ['another bound on sizes', { maxElements: 100 }, '--max-elements: 4194304, and 100'],
    [
      'another bound on shrinking',
      { budget: { ...budget, shrinkEvaluations: 5 } },
      '--shrink-evaluations: 2000, and 5',
    ],
    [
      'another bound of one seed',
      { parts: [shard(1, { runs: 7 })] },
      'seed 7 and share cases, but differ in --runs: 100, and 7',
    ],
    ['no bound', { parts: [shard(1, { runs: null })] }, '--runs: 100, and no bound'],
    ['another corpus', { parts: [shard(1, { corpus: 'ab' })] }, 'judged different corpora'],
  ])('%s', (_what, changes, difference) => {
    const a = runAt('reports/a', { parts: [shard(1)] });
    const b = runAt('reports/b', { parts: [shard(1)], ...changes });

    const reason = whyApart([a, b]);

    expect(reason).toMatch(/^reports\/a and reports\/b cannot be merged: /);
    expect(reason).toContain(difference);
  });

  test('two seeds that both judged a corpus', () => {
    const ofSeed = (seed: string): RunAt => runAt(seed, { parts: [examplePart({ seed, corpus: 'ab' })] });

    expect(whyApart([ofSeed('1'), ofSeed('2')])).toContain('its cases would count twice');
  });

  test('a reference that neither had does not part them, nor another seed or bound of it', () => {
    const a = runAt('a', { references: [], parts: [examplePart()] });
    const b = runAt('b', { references: references.slice(1), parts: [examplePart({ seed: '8', runs: 7 })] });

    expect(whyApart([a, b])).toBeNull();
  });
});

describe('what is said of a merged run', () => {
  const remarks = (...runs: RunAt[]): readonly string[] => remarksOn(runs, unionOf(runs));

  test('names a shard that came out otherwise the second time', () => {
    const other = shard(1, { verdicts: { agree: 0, diverge: 1, inconclusive: 0, skip: 99 } });

    expect(remarks(runAt('a', { parts: [shard(1)] }), runAt('b', { parts: [other] }))[0]).toContain(
      'shard 1/3 of seed 7 is there more than once, with other counts',
    );
  });

  test('names a part that does not count, where it has cases that no other has', () => {
    const whole = examplePart({ covers: [{ from: 0, to: 100, step: 2 }], cases: 50 });
    const rest = examplePart({ covers: [{ from: 49, to: 100, step: 1 }], cases: 51 });
    const within = examplePart({ covers: [{ from: 51, to: 61, step: 1 }], cases: 10 });
    const runs = [whole, rest, within].map((part) => runAt('a', { parts: [part] }));

    expect(remarks(...runs)).toEqual([
      'shard 1/1 of seed 7, started at 2024-02-29T13:45:01.123Z, shares cases with parts that judged more, so that its 50 cases do not count',
    ]);
  });

  test('is nothing where all is there', () => {
    expect(remarks(runAt('a', { parts: [examplePart()] }))).toEqual([]);
  });
});
