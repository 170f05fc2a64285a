/**
 * What real worker processes say of real blocks, recorded once, so that a thousand slots can say the same
 * without judging anything.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openSlot, type Gained } from '../../src/campaign/lasting-slot.ts';
import type { CampaignPlan } from '../../src/campaign/plan.ts';
import type { Finding } from '../../src/case/finding.ts';
import { blockAt } from '../../src/examine/range.ts';
import type { Sighting } from '../../src/examine/sighting.ts';
import type { Tally } from '../../src/examine/tally.ts';
import { codeDigest } from '../../src/queue/digest.ts';
import { identityOf, type Identity } from '../../src/queue/identity.ts';
import { settledSpace } from '../../src/worker/space.ts';
import { startWorker } from '../../src/worker/supervise.ts';
import { campaignPlan } from '../campaign-plan.ts';

/** What was judged of one block. */
export interface RecordedBlock {
  readonly number: number;
  readonly cases: number;
  readonly seconds: number;
  readonly tally: Tally;
  readonly sightings: readonly Sighting[];
  /** Those of its findings that no block recorded before has. */
  readonly findings: readonly Finding[];
}

export interface Recording {
  readonly identity: Identity;
  readonly blocks: readonly RecordedBlock[];
}

/** One that has mistakes in hundreds of places: that is what is much work. */
const subject = fileURLToPath(
  new URL(`coarse-kernels.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);
export const seed = '9';
/** Far more than any of it comes to. */
export const runs = 1e12;

export interface RecordingOptions {
  readonly references: readonly string[];
  /** A part of each block, or all of it. */
  readonly casesOfBlock: number;
  readonly blocks: number;
  /** The file that it is kept in; null: one of this build in the folder for temporary files. */
  readonly file: string | null;
}

/** The recording, from the file of an earlier call where there is one. */
export async function recordingOf(options: RecordingOptions): Promise<Recording> {
  const { references, casesOfBlock, blocks, file } = options;
  const name = [codeDigest().slice(0, 12), ...references, blocks, casesOfBlock].join('-');
  const path = file ?? join(tmpdir(), `logitfuzz-recording-${name}.json.gz`);
  if (existsSync(path)) return JSON.parse(gunzipSync(readFileSync(path)).toString()) as Recording;
  const recording = await record(options);
  writeFileSync(path, gzipSync(JSON.stringify(recording)), { mode: 0o600 });
  return recording;
}

async function record({ references, casesOfBlock, blocks }: RecordingOptions): Promise<Recording> {
  const journalFolder = mkdtempSync(join(tmpdir(), 'logitfuzz-recording-'));
  const plan = planWith(references);
  let journals = 0;
  const start: typeof startWorker = (given, options) =>
    startWorker(given, { ...options, journal: `${journalFolder}/journal-${++journals}` });
  try {
    const identity = (await identityOf(plan, () =>
      start(plan, { journal: '', caseTimeoutMs: plan.caseTimeoutMs, startTimeoutMs: 120_000 }),
    ))!;
    const slot = await openSlot(
      settledSpace(plan, identity.subject),
      {},
      { journalFolder, startWorker: start },
    );
    const recorded: RecordedBlock[] = [];
    try {
      for (let number = 0; number < blocks; number++) {
        const block = blockAt(number, runs)!;
        const range = { ...block, to: Math.min(block.to, block.from + casesOfBlock * block.step) };
        const known = recorded.flatMap(({ findings }) =>
          findings.map(({ signature }) => [signature, -1] as const),
        );
        const gained = await slot.do({
          ranges: [range],
          known,
          unstacked: new Map(),
          leftMs: null,
          interrupt: new AbortController().signal,
        });
        recorded.push(recordedBlock(number, gained));
      }
    } finally {
      slot.stop();
    }
    return { identity, blocks: recorded };
  } finally {
    rmSync(journalFolder, { recursive: true, force: true });
  }
}

function recordedBlock(number: number, { tally, sightings, findings, seconds }: Gained): RecordedBlock {
  return { number, cases: tally.cases, seconds, tally, sightings, findings };
}

/** The plan as a machine has it. */
export function planWith(references: readonly string[]): CampaignPlan {
  return campaignPlan({ subject, references, seed, runs });
}

/** The finding of each signature, by what was recorded. */
export function findingsIn({ blocks }: Recording): ReadonlyMap<string, Finding> {
  const pool = new Map<string, Finding>();
  for (const { findings } of blocks) for (const finding of findings) pool.set(finding.signature, finding);
  return pool;
}
