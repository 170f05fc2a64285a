/**
 * What is there on this machine: Node, each reference with a probe's result, the folders. Changes nothing.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Case } from '../src/case/case.ts';
import { numberText } from '../src/float/decimal.ts';
import type { Format } from '../src/float/format.ts';
import { sizeOfFolder } from '../src/provision/setup-tfjs-node.ts';
import { cacheFolder } from '../src/provision/tfjs-node-location.ts';
import type { Reference } from './reference.ts';
import { references } from './index.ts';

export interface ReferenceDiagnosis {
  readonly name: string;
  readonly embedded: boolean;
  readonly available: boolean;
  readonly version: string | null;
  readonly engine: string | null;
  /** What data it takes; of any other it declines every case. */
  readonly formats: readonly Format[];
  /** 'ok', or what is wrong; what to do is part of it. */
  readonly probe: string;
}

export interface Diagnosis {
  readonly node: { readonly version: string; readonly isSupported: boolean; readonly platform: string };
  readonly references: readonly ReferenceDiagnosis[];
  readonly cache: { readonly folder: string; readonly megabytes: number };
  readonly reports: { readonly folder: string; readonly isWritable: boolean };
}

/** `reports` is the reports root, from the command line. */
export async function diagnose({
  reports,
  among = () => true,
}: {
  readonly reports: string;
  /** Which of the references are asked. */
  readonly among?: (reference: Reference) => boolean;
}): Promise<Diagnosis> {
  const results: ReferenceDiagnosis[] = [];
  for (const loader of references.filter(among)) results.push(await diagnoseReference(loader));
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
  return {
    node: {
      version: process.version,
      isSupported: major > 20 || (major === 20 && minor >= 19),
      platform: `${process.platform} ${process.arch}`,
    },
    references: results,
    cache: { folder: cacheFolder(), megabytes: Math.round(sizeOfFolder(cacheFolder()) / 1e6) },
    reports: { folder: reports, isWritable: isWritable(reports) },
  };
}

/** softmax of [0, ln 3] is [1/4, 3/4]: worked by hand, off by no more than the rounding of ln 3 makes it. */
const probeCase: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [1, 2], data: Float32Array.of(0, Math.log(3)) },
  regimes: [],
  checks: [],
};
const probeTolerance = 2 ** -22;

async function diagnoseReference({
  name,
  embedded,
  load,
  support: { formats },
}: Reference): Promise<ReferenceDiagnosis> {
  const loaded = await load();
  if (loaded.kind === 'missing') {
    return {
      name,
      embedded,
      available: false,
      version: null,
      engine: null,
      formats,
      probe: `${loaded.reason}; ${loaded.remedy}`,
    };
  }
  const { implementation } = loaded;
  const outcome = await implementation.run(probeCase);
  implementation.dispose?.();
  const p = outcome.kind === 'values' ? outcome.tensor?.data : undefined;
  const isRight =
    p !== undefined && Math.abs(p[0]! - 0.25) <= probeTolerance && Math.abs(p[1]! - 0.75) <= probeTolerance;
  const probe = isRight
    ? 'ok'
    : `softmax([0, ln 3]) gave ${p === undefined ? outcome.kind : `[${Array.from(p, (value) => numberText(value, probeCase.format)).join(', ')}]`}`;
  return {
    name,
    embedded,
    available: true,
    version: implementation.version,
    engine: implementation.engine ?? null,
    formats,
    probe,
  };
}

/** Whether the folder, or the nearest one above it that is there, can be written to. */
function isWritable(folder: string): boolean {
  let path = resolve(folder);
  while (!existsSync(path)) path = dirname(path);
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
