/**
 * The table of recoveries, row by row: what one death does to the state, with no process.
 * Whole campaigns: src/cli/isolation.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { InfrastructureError } from '../contract/failure.ts';
import { normalMode, type Mode, type Range } from '../examine/range.ts';
import type { JournalEntry } from '../worker/journal.ts';
import type { WorkerDeath } from '../worker/death.ts';
import type { CampaignPlan } from './plan.ts';
import { caseAt } from './case-at.ts';
import { afterDeath, afterPause } from './recover.ts';
import { stateOf, type State } from './state.ts';

const plan: CampaignPlan = {
  command: 'fuzz',
  corpus: [],
  subject: null,
  references: ['tfjs-cpu'],
  seed: '5',
  operations: ['softmax'],
  formats: ['float32'],
  maximize: false,
  shrinkEvaluations: 0,
  runs: 1_200,
  timeMs: null,
  workers: 1,
  shard: { number: 1, of: 1 },
  caseTimeoutMs: 1_000,
  rssLimitMb: 4_096,
  maxFindings: null,
  out: 'reports',
  strict: false,
};
const absent = { name: 'tfjs-wasm', available: false, version: null, engine: null, reason: 'gone' };
const present = { name: 'tfjs-cpu', available: true, version: '4', engine: null, reason: null };

const both = ['softmax/forward', 'softmax/backward'];

function stateWith({ references = [absent, present], kernels = both } = {}): {
  state: State;
  told: string[];
} {
  const told: string[] = [];
  const state = stateOf(
    plan,
    { onRetry: (sentence) => void told.push(sentence) },
    { journalFolder: '', resumption: null, startWorker: () => Promise.reject(new Error('none is started')) },
  );
  state.participants = { subject: { name: 'mine', version: '1', kernels }, references };
  return { state, told };
}

function rangeIn(mode: Partial<Mode> = {}): Range {
  return { from: 12, to: 72, step: 12, mode: { ...normalMode, ...mode } };
}

/** A worker in a call of the subject for case 36, and in no other case. */
const inCase: JournalEntry = { beat: 9, index: 36, to: 37, stage: 'judge', place: 0 };
const idle: JournalEntry = { ...inCase, index: 0, to: 1, stage: 'idle' };

function kernelAt(index: number): string {
  const { operation, direction } = caseAt(plan, index);
  return `${operation}/${direction}`;
}

function deathBy(death: Partial<WorkerDeath> = {}): WorkerDeath {
  return {
    kind: 'died',
    at: inCase,
    chainCase: null,
    outcome: { kind: 'crashed', detail: 'the process exited with code 7' },
    cause: 'call',
    signal: null,
    ...death,
  };
}

const killed = {
  signal: 'SIGKILL',
  outcome: { kind: 'crashed', detail: 'the process was killed by SIGKILL' },
} as const;
const leak = { cause: 'leak', outcome: { kind: 'out-of-memory', detail: 'it grew' } } as const;

/** Who is blamed, by what, and the index of the case; of all findings. */
function blamedIn({ gathered: { findings } }: State): unknown[] {
  return [...findings.values()].map(({ blame, symptom, index }) => ({ blame, symptom, index }));
}

describe('killed by a signal that may have come from outside', () => {
  test('the range is done again as it was, nobody is blamed, and it is said', () => {
    const { state, told } = stateWith();

    afterDeath(state, rangeIn(), deathBy(killed));

    expect(state.requeued).toEqual([rangeIn()]);
    expect(blamedIn(state)).toEqual([]);
    expect(told).toEqual([expect.stringMatching(/^a worker died in case 36, .*killed by SIGKILL$/)]);
  });

  test('a second time in the same call it is that call', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn(), deathBy(killed));
    afterDeath(state, rangeIn(), deathBy(killed));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 36 }]);
  });

  test('twenty times somewhere else is enough: the next is believed', () => {
    const { state, told } = stateWith();

    for (let index = 0; index < 21; index++)
      afterDeath(state, rangeIn(), deathBy({ ...killed, at: { ...inCase, index, to: index + 1 } }));

    expect(told).toHaveLength(20);
    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 20 }]);
  });

  test('a range that is traced stays so, and any other death ends that', () => {
    const { state } = stateWith();
    state.traced.set(12, { death: deathBy(), asked: [] });

    afterDeath(state, rangeIn(), deathBy(killed));
    const afterRetry = state.traced.size;
    afterDeath(state, rangeIn(), deathBy());

    expect([afterRetry, state.traced.size]).toEqual([1, 0]);
  });
});

describe('memory that grew over many calls', () => {
  test('beside references, the subject is asked alone, in what mode it was otherwise', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn({ pace: 'paused' }), deathBy(leak));

    expect(state.requeued).toEqual([rangeIn({ pace: 'paused', participants: 'solo' })]);
    expect(blamedIn(state)).toEqual([]);
  });

  test('between two calls it is that, and not what a call had left behind', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn(), deathBy({ ...leak, at: idle }));

    expect(state.requeued).toEqual([rangeIn({ participants: 'solo' })]);
  });

  test('alone already, it is the subject’s, and the rest is done again with the references', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn({ participants: 'solo' }), deathBy(leak));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'out-of-memory', index: 36 }]);
    expect(state.requeued).toEqual([
      { ...rangeIn(), to: 36 },
      { ...rangeIn(), from: 48 },
    ]);
  });

  test('without any reference that is there, it is the subject’s at once', () => {
    const { state } = stateWith({ references: [absent] });

    afterDeath(state, rangeIn(), deathBy(leak));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'out-of-memory', index: 36 }]);
  });
});

describe('something that a call had left behind, or a death between two calls', () => {
  test.each([
    ['left behind', { cause: 'stray' } as const],
    ['between two calls', { at: idle }],
    ['before the first call', { at: null }],
    ['while loading', { at: { ...idle, stage: 'load' } as const }],
  ])('%s: the range is done again with pauses', (_, death) => {
    const { state } = stateWith();

    afterDeath(state, rangeIn({ shrink: false }), deathBy(death));

    expect(state.requeued).toEqual([rangeIn({ shrink: false, pace: 'paused' })]);
    expect(blamedIn(state)).toEqual([]);
  });

  test('with pauses already, the subject left it behind in the case of the entry, whoever was being asked', () => {
    const { state } = stateWith();
    const at = { ...inCase, place: 1 };

    afterDeath(state, rangeIn({ pace: 'paused' }), deathBy({ cause: 'stray', at }));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 36 }]);
    expect(state.requeued).toEqual([
      { ...rangeIn({ pace: 'paused' }), to: 36 },
      { ...rangeIn({ pace: 'paused' }), from: 48 },
    ]);
  });

  test('with pauses already and no case in the entry, it is the last of the range', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn({ pace: 'paused' }), deathBy({ at: idle }));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 60 }]);
  });

  test('it is never blamed on a kernel that the subject has not: nothing of that was called', () => {
    const { state } = stateWith({ kernels: [kernelAt(48)] });
    const last = [12, 24, 36, 48, 60].findLast((index) => kernelAt(index) === kernelAt(48));

    afterDeath(state, rangeIn({ pace: 'paused' }), deathBy({ at: idle, cause: 'stray' }));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: last }]);
  });

  test('where no case of the range was asked, it is of the last one before it that the worker was', () => {
    const stranger = [...Array(200).keys()].find((index) => kernelAt(index) !== kernelAt(48))!;
    const { state } = stateWith({ kernels: [kernelAt(48)] });
    const range = { ...rangeIn({ pace: 'paused' }), from: stranger, to: stranger + 1 };
    const asked = [{ ...rangeIn(), from: 48, to: 60 }];

    afterDeath(state, range, deathBy({ at: idle, cause: 'stray' }), asked);

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 48 }]);
    expect(state.requeued).toEqual([range]);
    expect(state.gathered.tally.cases).toBe(0);
  });

  test('a case of another block may lie between two of the range, which is done again as a whole', () => {
    const { state } = stateWith({ kernels: ['softmax/forward'] });
    const range = { ...rangeIn({ pace: 'paused' }), from: 9, to: 22 }; // 9 and 21 ask for gradients
    const asked = [{ ...rangeIn(), from: 19, to: 20 }];

    afterDeath(state, range, deathBy({ at: idle, cause: 'stray' }), asked);

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 19 }]);
    expect(state.requeued).toEqual([range]);
    expect(state.gathered.tally.cases).toBe(0); // it was counted with its own range
  });

  test('a subject that ends its worker before it is asked anything is not one that can be judged', () => {
    const { state } = stateWith({ kernels: ['logSumExp/forward'] });

    const recovering = (): void =>
      afterDeath(state, rangeIn({ pace: 'paused' }), deathBy({ at: idle, cause: 'stray' }));

    expect(recovering).toThrow('the subject mine ended its worker before any of its kernels was called');
  });

  test('with pauses no worker has died of it: it is a finding all the same, which says so', () => {
    const { state } = stateWith();
    afterDeath(state, rangeIn(), deathBy({ at: idle, cause: 'stray' }));
    const [paused] = state.requeued.splice(0);

    const isBlamed = afterPause(state, paused!, state.strays.get(12)!);

    expect(isBlamed).toBe(true);
    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 60 }]);
    expect([...state.gathered.findings.values()][0]!.sentence).toMatch(
      /exited with code 7, left behind by this call or one before it, and not again/,
    );
    expect(state.strays.size).toBe(0);
  });

  test('a signal that may have come from outside, and not again with pauses, is told of and blamed on nobody', () => {
    const { state, told } = stateWith();
    afterDeath(state, rangeIn(), deathBy({ at: idle, signal: 'SIGSEGV' }));
    const [paused] = state.requeued.splice(0);

    const isBlamed = afterPause(state, paused!, state.strays.get(12)!);

    expect(isBlamed).toBe(false);
    expect(told).toEqual([expect.stringMatching(/^a worker died before case 12, and not again; nobody/)]);
  });

  test('without references nobody else has native code: a signal of its own is the subject’s', () => {
    const { state } = stateWith({ references: [absent] });

    afterDeath(state, rangeIn({ pace: 'paused' }), deathBy({ at: idle, signal: 'SIGSEGV' }));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 60 }]);
  });

  test.each([
    ['killed', { signal: 'SIGSEGV' } as const],
    ['unresponsive', { outcome: { kind: 'timed-out', limitMs: 40_000 } } as const],
  ])('with pauses already, and %s between two calls: that is no case’s doing', (_, death) => {
    const { state } = stateWith();

    const recovering = (): void =>
      afterDeath(state, rangeIn({ pace: 'paused' }), deathBy({ ...death, at: idle }));

    expect(recovering).toThrow(InfrastructureError);
  });
});

describe('in one of several cases that the journal covers', () => {
  const covered: JournalEntry = { ...inCase, index: 24, to: 60 };

  test('they are done again, each named, and what was before and after them as well', () => {
    const { state } = stateWith();
    const death = deathBy({ at: covered });

    afterDeath(state, rangeIn(), death);

    expect(state.requeued).toEqual([
      { ...rangeIn(), to: 24 },
      { ...rangeIn(), from: 24, to: 60 },
      { ...rangeIn(), from: 60 },
    ]);
    expect(state.isTraced).toBe(true);
    expect([...state.traced]).toEqual([[24, { death, asked: [] }]]);
    expect(blamedIn(state)).toEqual([]);
  });

  test('the one that is left of the range is that one', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn(), deathBy({ at: { ...inCase, index: 60, to: 200 } }));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 60 }]);
  });
});

describe('while a finding was being shrunk', () => {
  const shrinking: JournalEntry = { ...inCase, stage: 'shrink' };

  test('its case is done again without that, and the rest as it was', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn({ pace: 'paused' }), deathBy({ at: shrinking }));

    expect(state.requeued).toEqual([
      { ...rangeIn({ pace: 'paused', shrink: false }), from: 36, to: 37 },
      { ...rangeIn({ pace: 'paused' }), to: 36 },
      { ...rangeIn({ pace: 'paused' }), from: 48 },
    ]);
    expect(blamedIn(state)).toEqual([]);
  });

  test('also without shrinking, where describing it asks again: it is that call', () => {
    const { state } = stateWith();

    afterDeath(state, rangeIn({ shrink: false }), deathBy({ at: shrinking }));

    expect(blamedIn(state)).toEqual([{ blame: 'subject', symptom: 'crashed', index: 36 }]);
  });
});

test('a reference that died of a stack is asked its cases alone, and that is counted', () => {
  const { state } = stateWith();

  afterDeath(state, rangeIn(), deathBy({ at: { ...inCase, stage: 'stack', place: 1 } }));

  expect([...state.unstacked]).toEqual([[0, [expect.stringMatching(/^softmax\/forward\/\d+$/)]]]);
  expect(state.requeued).toEqual([rangeIn()]);
  expect(state.gathered.tally.checks).toEqual({
    'stack skipped: tfjs-cpu: the process exited with code 7': 1,
  });
  expect(blamedIn(state)).toEqual([]);
});

describe('in the call of one case', () => {
  test.each([
    [0, 'subject'],
    [1, 'tfjs-cpu'],
  ])('place %i, %s, is blamed, and the rest is done again in the same mode', (place, blame) => {
    const { state } = stateWith();

    afterDeath(state, rangeIn({ shrink: false }), deathBy({ at: { ...inCase, place } }));

    expect(blamedIn(state)).toEqual([{ blame, symptom: 'crashed', index: 36 }]);
    expect(state.deaths).toEqual({ cases: 1, last: { blame, symptom: 'crashed' } });
    expect(state.requeued).toEqual([
      { ...rangeIn({ shrink: false }), to: 36 },
      { ...rangeIn({ shrink: false }), from: 48 },
    ]);
  });
});
