/**
 * How many machines one coordinator serves, without judging anything: what real workers said of a few blocks
 * is recorded once, and a thousand slots say it again at the pace at which they would have judged, to the
 * real coordinator through a real server.
 *
 * `npm run series:queue-scale`: ten minutes of 1,000 slots with two references. `-- --sample`: what CI tries.
 * `-- --results 10000`: so many results as fast as they are taken, for memory.
 * Also `--slots`, `--slots-of-machine`, `--references none`, `--pace`, `--job-seconds`, `--minutes`,
 * `--blocks`, `--cases-of-block`, `--recording FILE`, `--profile FOLDER`.
 */
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { queueAddress } from '../src/queue/address.ts';
import { keyNames } from '../src/queue/names.ts';
import { openServer, type Server } from '../src/queue/server.ts';
import { cpuSecondsOf, startCoordinator, type Coordinator } from './queue-scale/coordinator.ts';
import { startFleet, type Fleet } from './queue-scale/fleet.ts';
import { recordingOf, type Recording } from './queue-scale/recording.ts';
import { isMain, temporaryFolder } from './run.ts';
import { startValkey, type Valkey } from './valkey.ts';

export interface ScaleOptions {
  readonly references: readonly string[];
  readonly slots: number;
  readonly slotsOfMachine: number;
  /** Cases a second of one slot. */
  readonly pace: number;
  readonly jobSeconds: number;
  /** At that pace; of the steady part, once all slots have work. */
  readonly minutes: number;
  /** So many results as fast as they are taken, instead; null: at their pace. */
  readonly results: number | null;
  readonly blocks: number;
  readonly casesOfBlock: number;
  readonly profile: string | null;
}

interface Stage {
  readonly server: Server;
  readonly valkey: Valkey;
  readonly coordinator: Coordinator;
  readonly fleet: Fleet;
}

/** All that grows, at one moment. */
interface Reading {
  readonly at: number;
  readonly coordinatorCpu: number;
  readonly serverCpu: number;
  readonly done: number;
  readonly untaken: number;
  readonly described: number;
  readonly bytesIn: number;
  readonly cases: number;
  readonly load: number;
}

async function readingOf({ server, valkey, coordinator, fleet }: Stage): Promise<Reading> {
  const { redis } = server;
  const { prefix, standing } = keyNames('main');
  const info = await redis.info('stats');
  const untaken =
    (await redis.llen(`${prefix}:results:wait`)) + (await redis.llen(`${prefix}:results:active`));
  const told = await redis.get(standing);
  return {
    at: performance.now() / 1000,
    coordinatorCpu: cpuSecondsOf(coordinator.pid),
    serverCpu: cpuSecondsOf(valkey.pid),
    done: fleet.done,
    untaken,
    described: fleet.described,
    bytesIn: Number(/total_net_input_bytes:(\d+)/.exec(info)?.[1]),
    cases: told === null ? 0 : (JSON.parse(told) as { cases: number }).cases,
    load: loadavg()[0]!,
  };
}

/** What passed between two readings. */
export interface Stretch {
  readonly name: string;
  readonly seconds: number;
  readonly results: number;
  readonly resultsASecond: number;
  /** In percent of one core. */
  readonly coordinatorCpu: number;
  readonly msOfResult: number;
  readonly serverCpu: number;
  readonly described: number;
  readonly megabytes: number;
  readonly untaken: number;
  readonly load: string;
}

function stretchOf(name: string, from: Reading, to: Reading): Stretch {
  const seconds = to.at - from.at;
  const results = to.done - to.untaken - (from.done - from.untaken);
  const cpu = to.coordinatorCpu - from.coordinatorCpu;
  return {
    name,
    seconds,
    results,
    resultsASecond: results / seconds,
    coordinatorCpu: (100 * cpu) / seconds,
    msOfResult: (1000 * cpu) / results,
    serverCpu: (100 * (to.serverCpu - from.serverCpu)) / seconds,
    described: to.described - from.described,
    megabytes: (to.bytesIn - from.bytesIn) / 1e6,
    untaken: to.untaken,
    load: `${from.load.toFixed(1)} to ${to.load.toFixed(1)}`,
  };
}

export interface ScaleReport {
  readonly stretches: readonly Stretch[];
  /** Results, and the coordinator's heap after a collection then, in MB. */
  readonly heap: readonly (readonly [results: number, heapMb: number, rssMb: number])[];
  readonly serverPeakMb: number;
  readonly progressMb: number;
  readonly busyMax: number;
  /** Sentences of the coordinator on results that it could not use, and of machines: there should be none. */
  readonly notes: readonly string[];
}

const megabyte = 2 ** 20;

export async function measureScale(recording: Recording, options: ScaleOptions): Promise<ScaleReport> {
  const folder = temporaryFolder();
  const valkey = await startValkey();
  const server = await openServer(queueAddress(valkey.url, {}), { onTrouble: console.error });
  const coordinator = startCoordinator({ ...options, url: valkey.url, folder: folder.path });
  let fleet: Fleet | null = null;
  try {
    const keys = keyNames('main');
    while ((await server.redis.get(keys.record)) === null) {
      if (coordinator.hasEnded) throw new Error(coordinator.said());
      await pause(100);
    }
    fleet = await startFleet(server, keys, recording, { ...options, isHasty: options.results !== null });
    const stage = { server, valkey, coordinator, fleet };
    const measured = options.results === null ? await atPace(stage, options) : await asFast(stage, options);
    const info = await server.redis.info('memory');
    return {
      ...measured,
      serverPeakMb: Number(/used_memory_peak:(\d+)/.exec(info)?.[1]) / megabyte,
      progressMb: coordinator.progressBytes() / megabyte,
      busyMax: fleet.busyMax,
      notes: [
        ...fleet.notes,
        ...coordinator
          .said()
          .split('\n')
          .filter((text) => text.includes('not used')),
      ],
    };
  } finally {
    await coordinator.stop();
    await fleet?.stop();
    await server.close();
    await valkey.stop();
    folder.remove();
  }
}

type Measured = Pick<ScaleReport, 'stretches' | 'heap'>;

async function heapAt(stage: Stage): Promise<ScaleReport['heap'][number]> {
  const { heapUsed, rss } = await stage.coordinator.memory();
  const { done, untaken } = await readingOf(stage);
  return [done - untaken, heapUsed / megabyte, rss / megabyte];
}

/** The start, until all slots have work, and then so many minutes. */
async function atPace(stage: Stage, { slots, minutes }: ScaleOptions): Promise<Measured> {
  const begun = await readingOf(stage);
  const heap: ScaleReport['heap'][number][] = [];
  while (stage.fleet.busyMax < slots) {
    await pause(500);
    const { done } = stage.fleet;
    if (stage.coordinator.hasEnded) throw new Error(stage.coordinator.said());
    console.error(
      `${(performance.now() / 1000 - begun.at).toFixed(0)} s: ${stage.fleet.busy} busy, ${done} done`,
    );
    await pause(4500);
  }
  const full = await readingOf(stage);
  heap.push(await heapAt(stage));
  const stretches = [stretchOf('start', begun, full)];
  let before = full;
  for (let minute = 1; minute <= Math.ceil(minutes); minute++) {
    await pause(60_000 * Math.min(1, minutes - minute + 1));
    const now = await readingOf(stage);
    const stretch = stretchOf(`minute ${minute}`, before, now);
    console.error(lineOf(stretch));
    stretches.push(stretch);
    before = now;
  }
  heap.push(await heapAt(stage));
  return { stretches: [...stretches, stretchOf('all minutes', full, before)], heap };
}

/** So many results, and how large the heap is after the first thousand and at the end. */
async function asFast(stage: Stage, { results }: ScaleOptions): Promise<Measured> {
  const marks = [100, 500, 1_000, 3_000, 10_000, 30_000].filter((mark) => mark < results!);
  const heap: ScaleReport['heap'][number][] = [];
  const stretches: Stretch[] = [];
  let before = await readingOf(stage);
  for (const mark of [...marks, results!]) {
    let now = await readingOf(stage);
    while (now.done - now.untaken < mark) {
      if (stage.coordinator.hasEnded) throw new Error(stage.coordinator.said());
      await pause(200);
      now = await readingOf(stage);
    }
    stretches.push(stretchOf(`to ${mark}`, before, now));
    console.error(lineOf(stretches.at(-1)!));
    heap.push(await heapAt(stage));
    before = await readingOf(stage);
  }
  return { stretches, heap };
}

/** What the heap may grow by from the first thousand results to the last. */
const growthMax = 0.05;

/** By what share the heap has grown since the first thousand results (in a sample, since a third of them). */
export function growthOf(heap: ScaleReport['heap']): number | null {
  const last = heap.at(-1)!;
  const first = heap.find(([results]) => results >= Math.min(1_000, last[0] / 3));
  return first === undefined || first === last ? null : last[1] / first[1] - 1;
}

export function lineOf(stretch: Stretch): string {
  const { name, seconds, results, resultsASecond, coordinatorCpu, msOfResult, serverCpu } = stretch;
  const { described, megabytes, untaken, load } = stretch;
  return [
    name.padEnd(12),
    `${seconds.toFixed(0)} s`.padStart(7),
    `${results}`.padStart(8),
    `${resultsASecond.toFixed(1)}/s`.padStart(9),
    `${coordinatorCpu.toFixed(0)} %`.padStart(7),
    `${msOfResult.toFixed(1)} ms`.padStart(10),
    `${serverCpu.toFixed(1)} %`.padStart(8),
    `${described}`.padStart(8),
    `${megabytes.toFixed(0)} MB`.padStart(9),
    `${untaken}`.padStart(6),
    `  ${load}`,
  ].join('');
}

const heading =
  'stretch         time results    taken    CPU   a result  server described    sent untaken  load of the machine';

function numberOf(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  if (!(value > 0)) throw new Error(`${text} is no number above 0`);
  return value;
}

const options = {
  sample: { type: 'boolean' },
  references: { type: 'string' },
  slots: { type: 'string' },
  'slots-of-machine': { type: 'string' },
  pace: { type: 'string' },
  'job-seconds': { type: 'string' },
  minutes: { type: 'string' },
  results: { type: 'string' },
  blocks: { type: 'string' },
  'cases-of-block': { type: 'string' },
  profile: { type: 'string' },
  recording: { type: 'string' },
} as const;

/** All machines are in this one process, which on a busy one may be late to say that they have their jobs. */
const lockMs = '300000';

if (isMain(import.meta.url)) {
  process.env['LOGITFUZZ_QUEUE_LOCK_MS'] ??= lockMs;
  const { values } = parseArgs({ options });
  const isSample = values.sample === true;
  const named = values.references ?? 'tfjs-cpu,tfjs-wasm';
  const references = named === 'none' ? [] : named.split(',');
  const results = values.results ?? (isSample ? '1500' : undefined);
  const scale: ScaleOptions = {
    references,
    slots: numberOf(values.slots, isSample ? 40 : 1_000),
    slotsOfMachine: numberOf(values['slots-of-machine'], 8),
    pace: numberOf(values.pace, references.length === 0 ? 4_500 : 690),
    jobSeconds: numberOf(values['job-seconds'], 60),
    minutes: numberOf(values.minutes, 10),
    results: results === undefined ? null : numberOf(results, 0),
    blocks: numberOf(values.blocks, 2),
    casesOfBlock: numberOf(values['cases-of-block'], isSample ? 1_000 : 24_576),
    profile: values.profile ?? null,
  };
  const recording = await recordingOf({ ...scale, file: values.recording ?? null });
  for (const { cases, seconds, sightings, findings, tally } of recording.blocks) {
    const size = JSON.stringify({ tally, sightings }).length;
    console.log(
      `recorded: ${cases} cases in ${seconds.toFixed(1)} s, ${sightings.length} signatures, ${findings.length} new, ${size} characters without findings`,
    );
  }
  const report = await measureScale(recording, scale);
  console.log(heading);
  for (const stretch of report.stretches) console.log(lineOf(stretch));
  for (const [taken, heapMb, rssMb] of report.heap)
    console.log(
      `after ${taken} results: heap ${heapMb.toFixed(1)} MB after collection, RSS ${rssMb.toFixed(0)} MB`,
    );
  console.log(
    `server: at most ${report.serverPeakMb.toFixed(0)} MB; progress.json ${report.progressMb.toFixed(2)} MB; at most ${report.busyMax} slots at work; ${report.notes.length} notes`,
  );
  for (const text of new Set(report.notes)) console.log(`note: ${text}`);
  const growth = growthOf(report.heap);
  if (growth !== null) console.log(`heap: ${(100 * growth).toFixed(1)} % from the first thousand results on`);
  if (report.notes.length > 0 || (growth !== null && growth > growthMax)) process.exitCode = 1;
}
