/**
 * What the ledger knows of the references in a campaign: all of it counted, one example kept of each
 * reference and entry.
 */
// @module-tag processes
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

interface FindingJson {
  readonly signature: string;
  readonly ledger: string | null;
  readonly count: number;
  readonly index: number;
  readonly path: string;
}

interface RunJson {
  readonly byImplementation: Readonly<Record<string, object>>;
  readonly findings: readonly FindingJson[];
}

const at = (...parts: readonly string[]): string => join(folder.path, ...parts);
const json = <T>(path: string): T => JSON.parse(readFileSync(at(path), 'utf8')) as T;

/** @returns the run's path, relative to the folder. */
function made(...args: readonly string[]): string {
  const { stdout, stderr } = runCommand([...args, '--json', '--out', 'reports'], { cwd: folder.path });
  const { run } = JSON.parse(stdout) as { readonly run?: string };
  if (run === undefined) throw new Error(stdout + stderr);
  return run;
}

const campaign = ['fuzz', '--seed', '42', '--runs', '600', '--references', 'tfjs-cpu,tfjs-wasm'];

/** As commit 8bf1db1 counted these cases, when each signature of each entry had a finding: 70 in all. */
const verdicts = {
  'from-scratch': { agree: 597, diverge: 0, inconclusive: 3, skip: 0 },
  'tfjs-cpu': { agree: 312, diverge: 42, inconclusive: 0, skip: 246 },
  'tfjs-wasm': { agree: 310, diverge: 44, inconclusive: 0, skip: 246 },
};
/** Cases of each entry, and the first of them: the sums and least indices of what was seen then. */
const seen = {
  'infinite-maximum': [6, 22],
  'labels-gradient': [19, 29],
  'smoothing-share': [6, 54],
  'common-offset': [6, 160],
  'unnormalized-labels': [1, 199],
  'smoothing-of-rank-1': [1, 224],
  scalars: [2, 278],
  'zero-times-infinity': [1, 331],
};
const ofWasmAlone = { 'gradient-through-the-maximum': [2, 361] };

test('all of it is counted as before, and the case of the lowest index is kept; merged shards give the same', () => {
  const whole = made(...campaign);
  const shards = ['1/2', '2/2'].map((shard) => made(...campaign, '--shard', shard));
  const merged = made('merge', ...shards);

  for (const run of [whole, merged]) {
    const { byImplementation, findings } = json<RunJson>(join(run, 'run.json'));
    const kept = findings.map(({ path }) => json<FindingJson>(path));

    expect(byImplementation).toEqual(verdicts);
    expect(
      Object.fromEntries(kept.map(({ signature, count, index }) => [signature, [count, index]])),
    ).toEqual(
      Object.fromEntries([
        ...Object.entries(seen).map(([id, of]) => [`tfjs-cpu/known=${id}`, of]),
        ...Object.entries({ ...seen, ...ofWasmAlone }).map(([id, of]) => [`tfjs-wasm/known=${id}`, of]),
      ]),
    );
    expect(readdirSync(at(run, 'findings'))).toHaveLength(kept.length);
  }
  const bytes = (run: string): readonly string[] =>
    json<RunJson>(join(run, 'run.json')).findings.map(({ path }) => readFileSync(at(path), 'utf8'));
  expect(bytes(merged)).toEqual(bytes(whole));
});
