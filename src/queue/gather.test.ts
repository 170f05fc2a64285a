import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { InfrastructureError } from '../contract/failure.ts';
import type { Gained } from '../campaign/lasting-slot.ts';
import type { Observers } from '../campaign/observers.ts';
import { planFileSchema } from '../campaign/plan-file.ts';
import { stateOf } from '../campaign/state.ts';
import { lengthOf, type Range } from '../examine/range.ts';
import { emptyTally } from '../examine/tally.ts';
import { coordinationOf, dueJobs, type Coordination } from './coordination.ts';
import { gathererFor, type Gatherer } from './gather.ts';
import { confirmId } from './job.ts';
import { bodiesOf, bodiesOfConfirmed, packed, type Body } from './message.ts';

const { plan } = planFileSchema.parse(
  JSON.parse(readFileSync('src/campaign/fixtures/killed-at-ab62154/plan.json', 'utf8')),
);

interface Scene {
  readonly coordination: Coordination;
  readonly gatherer: Gatherer;
  readonly notes: string[];
  readonly told: string[];
  /** The first job. */
  readonly job: { readonly id: string; readonly ranges: readonly Range[] };
}

function scene(observers: Observers = {}): Scene {
  const told: string[] = [];
  const notes: string[] = [];
  const state = stateOf(
    { ...plan, runs: 60_000, timeMs: null, seed: '7', shard: { number: 1, of: 1 } },
    { onFinding: ({ signature }) => void told.push(signature), ...observers },
    { journalFolder: '', resumption: null, startWorker: () => Promise.reject(new Error('none is started')) },
  );
  state.participants = { subject: { name: 'mine', version: '1', kernels: [] }, references: [] };
  const coordination = coordinationOf(state, { jobSeconds: 60 });
  const [job] = dueJobs(coordination, { slots: 1, leftSeconds: null });
  const gatherer = gathererFor(coordination, {
    run: 'r',
    onNote: (sentence) => void notes.push(sentence),
    nameIn: (finding) => finding,
  });
  return { coordination, gatherer, notes, told, job: job! };
}

function gained(ranges: readonly Range[], change: Partial<Gained> = {}): Gained {
  return {
    tally: { ...emptyTally(), cases: ranges.reduce((sum, range) => sum + lengthOf(range), 0) },
    sightings: [],
    findings: [],
    before: new Map(),
    deaths: { cases: 0, last: null },
    workersDied: 0,
    unstacked: new Map(),
    left: [],
    seconds: 1,
    ...change,
  };
}

function send({ gatherer }: Scene, job: string, bodies: readonly Body[], run = 'r'): void {
  for (const body of bodies) gatherer.take({ run, job, body: packed(body) });
}

const finding = exampleFinding({ signature: 's', index: 0, seed: '7' });
const seen = { sightings: [{ signature: 's', count: 1, lowestIndex: 0 }], findings: [finding] };

test('a result is counted once, its findings are told before it returns, and then they are known', () => {
  const s = scene();
  const bodies = bodiesOf(gained(s.job.ranges, seen));
  expect(s.gatherer.known()).toEqual([]);
  expect(s.gatherer.known()).toBeNull();
  send(s, s.job.id, bodies);
  expect(s.told).toEqual(['s']);
  expect(s.gatherer.known()).toEqual([['s', 0]]);
  expect(s.gatherer.known()).toBeNull();
  send(s, s.job.id, bodies);
  expect(s.coordination.state.gathered.tally.cases).toBe(5_000);
  expect(s.notes).toEqual([]);
});

test('of another run, or of a job that nobody waits for, nothing is taken, and nothing is said', () => {
  const s = scene();
  const bodies = bodiesOf(gained(s.job.ranges, seen));
  send(s, s.job.id, bodies, 'another');
  send(s, 'from-0-000000000000', bodies);
  s.gatherer.close();
  send(s, s.job.id, bodies);
  expect(s.coordination.state.gathered).toMatchObject({ tally: { cases: 0 }, findings: new Map() });
  expect(s.notes).toEqual([]);
});

test('findings that are too many for one message come in several, the counts last', () => {
  const s = scene();
  const long = 'x'.repeat(9 * 2 ** 20);
  const findings = ['a', 'b', 'c'].map((signature) => ({ ...finding, signature, sentence: long }));
  const sightings = findings.map(({ signature }) => ({ signature, count: 1, lowestIndex: 0 }));
  const bodies = bodiesOf(gained(s.job.ranges, { findings, sightings }));
  expect(bodies.map(({ kind }) => kind)).toEqual(['findings', 'findings', 'judged']);
  send(s, s.job.id, bodies);
  expect([...s.coordination.state.gathered.findings.keys()].sort()).toEqual(['a', 'b', 'c']);
  expect(s.coordination.state.gathered.tally.cases).toBe(5_000);
});

test('what is confirmed comes in several messages, too', () => {
  const s = scene();
  const long = 'x'.repeat(9 * 2 ** 20);
  const findings = ['a', 'b'].map((signature) => ({ ...finding, signature, sentence: long }));
  s.gatherer.close();
  send(s, confirmId, bodiesOfConfirmed({ findings, sightings: seen.sightings }));
  expect(s.gatherer.confirmed()?.findings.map(({ signature }) => signature)).toEqual(['a', 'b']);
  expect(s.gatherer.confirmed()?.sightings).toEqual(seen.sightings);
});

describe('what cannot be used is a sentence, and its job stays pending', () => {
  const zeros = gzipSync(Buffer.alloc(80 * 2 ** 20)).toString('base64');
  test.each([
    ['torn', (whole: string) => whole.slice(0, whole.length / 2), 'does not unpack'],
    ['of 64 MB', () => 'A'.repeat(64 * 2 ** 20), 'is larger than a message may be'],
    ['80 MB of zeros, compressed', () => zeros, 'does not unpack'],
    ['no JSON', () => gzipSync('{').toString('base64'), 'does not unpack'],
    ['of no kind', () => gzipSync('{"kind":"odd"}').toString('base64'), 'kind'],
    ['text that is no base64', () => '<>', 'does not unpack'],
  ])('%s', (_, forge, why) => {
    const s = scene();
    const whole = packed(bodiesOf(gained(s.job.ranges, seen))[0]);
    s.gatherer.take({ run: 'r', job: s.job.id, body: forge(whole) });
    expect(s.notes).toHaveLength(1);
    expect(s.notes[0]).toMatch(/^a result is not used: /);
    expect(s.notes[0]).toContain(why);
    expect(s.notes[0]!.length).toBeLessThan(700);
    expect(s.coordination.state.inFlight.has(s.job.id)).toBe(true);
    send(s, s.job.id, bodiesOf(gained(s.job.ranges, seen)));
    expect(s.coordination.state.gathered.tally.cases).toBe(5_000);
  });

  test.each([null, 7, {}, { run: 'r', job: 'j' }, { run: 'r', job: 'j', body: '', more: 1 }])(
    'no envelope: %j',
    (data) => {
      const s = scene();
      s.gatherer.take(data);
      expect(s.notes).toHaveLength(1);
      expect(s.coordination.state.lost).toEqual([]);
    },
  );
});

test('a finding that cannot be written ends the campaign: it is neither known nor counted on disk', () => {
  const checkpoints: unknown[] = [];
  const { coordination, gatherer, job } = scene({
    onFinding() {
      throw new InfrastructureError('the disk is full');
    },
    onCheckpoint: (progress) => void checkpoints.push(progress),
  });
  coordination.state.lastCheckpoint = -Infinity;
  const finding = exampleFinding({ signature: 's', index: 24, seed: '7' });
  const sightings = [{ signature: 's', count: 1, lowestIndex: 24 }];
  const [body] = bodiesOf(gained(job.ranges, { findings: [finding], sightings }));
  gatherer.check();
  expect(() => gatherer.take({ run: 'r', job: job.id, body: packed(body) })).toThrow('the disk is full');
  expect(() => gatherer.check()).toThrow('the disk is full');
  expect(() => gatherer.known()).toThrow('the disk is full');
  expect(() => gatherer.take({})).toThrow('the disk is full');
  expect(checkpoints).toEqual([]);
});

test('what is confirmed is taken once it is asked, each finding once, and of no other seed', () => {
  const { gatherer, notes } = scene();
  const send = (body: Body): void => gatherer.take({ run: 'r', job: confirmId, body: packed(body) });
  const [first, second] = ['s', 't'].map((signature) => exampleFinding({ signature, seed: '7' }));
  const last: Body = { kind: 'confirmed', findings: [second!], sightings: [] };
  send(last); // of a coordinator that was killed as it asked
  expect(gatherer.confirmed()).toBeNull();
  gatherer.close();
  send({ ...last, findings: [exampleFinding({ seed: '8' })] });
  expect(notes).toEqual(['a result is not used: it has findings of another seed']);
  expect(gatherer.confirmed()).toBeNull();
  for (let machine = 0; machine < 2; machine++) send({ kind: 'findings', findings: [first!] });
  send(last);
  expect(gatherer.confirmed()?.findings.map(({ signature }) => signature)).toEqual(['s', 't']);
});

test('findings of another seed are not kept ahead of their counts either', () => {
  const { coordination, gatherer, job } = scene();
  const body = packed({ kind: 'findings', findings: [exampleFinding({ seed: '8' })] });
  gatherer.take({ run: 'r', job: job.id, body });
  expect(coordination.state.gathered.findings.size).toBe(0);
});
