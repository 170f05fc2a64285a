/** TensorFlow.js in a headless Chromium, for the backends that compute on a GPU: there in software. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { OutsideImplementation } from '../../src/connect/outside-implementation.ts';
import { findPart } from '../../src/connect/part.ts';
import { UsageError } from '../../src/contract/failure.ts';
import { packageFolder } from '../../src/contract/package-version.ts';
import type { Arithmetic } from '../../src/contract/subject.ts';
import type { OutsideLimits } from '../reference.ts';
import { resolveFromHere } from './module.ts';

export type Backend = 'webgl' | 'webgpu';

export type BrowserLoad =
  | {
      readonly kind: 'available';
      readonly implementation: OutsideImplementation;
      readonly version: string;
    }
  | { readonly kind: 'missing'; readonly reason: string; readonly remedy: string };

/** The version that is tested, and that the ledger is about. */
const tested = '4.22.0';
/** What both shading languages allow: a subnormal may be 0 anywhere. */
export const shaderArithmetic: Arithmetic = { flushesSubnormals: true };

/** Where nobody says otherwise. A shader is compiled in its first call, which takes a second. */
const defaultLimits: OutsideLimits = { rssLimitMb: 4_096, caseTimeoutMs: 10_000 };

const loading = new Map<Backend, Promise<BrowserLoad>>();

/** Starts a browser the first time that it is asked for the backend. */
export function loadInBrowser(backend: Backend, limits: OutsideLimits = defaultLimits): Promise<BrowserLoad> {
  const known = loading.get(backend) ?? load(backend, limits);
  loading.set(backend, known);
  return known;
}

async function load(
  backend: Backend,
  { rssLimitMb, caseTimeoutMs, onWait }: OutsideLimits,
): Promise<BrowserLoad> {
  const name = `@tensorflow/tfjs-backend-${backend}`;
  const path = findPart(name);
  if (path === null)
    return {
      kind: 'missing',
      reason: `${name} ${tested} is not installed`,
      remedy: `npm install ${name}@${tested} gets it`,
    };
  // Loaded by who asks for it: everybody else pays nothing for it.
  const { chromiumRemedy, findChromium } = await import('../../src/connect/browser/chromium.ts');
  const { browserOpener } = await import('../../src/connect/browser/browser-channel.ts');
  const { outsideImplementation } = await import('../../src/connect/outside-implementation.ts');
  if (findChromium() === null)
    return { kind: 'missing', reason: 'Chromium is not there', remedy: chromiumRemedy };
  const core = ['core', 'layers'].map((part) =>
    join(dirname(resolveFromHere(`@tensorflow/tfjs-${part}`)), `tf-${part}.min.js`),
  );
  const bundles = [...core, join(dirname(path), `tf-backend-${backend}.min.js`), pageBundle()];
  const whose = `tfjs-${backend}`;
  try {
    const open = browserOpener({
      whose,
      rssLimitMb,
      folder: null,
      scripts: [
        `globalThis.logitfuzzBackend = ${JSON.stringify(backend)};`,
        ...bundles.map((file) => readFileSync(file, 'utf8')),
      ],
    });
    const implementation = await outsideImplementation(open, {
      name: whose,
      role: 'reference',
      caseTimeoutMs,
      rssLimitMb,
      ...(onWait === undefined ? {} : { onWait }),
    });
    return { kind: 'available', implementation, version: versionOf(path) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: 'missing', reason: error.message, remedy: 'another Chromium may have it' };
  }
}

/** The version of the package that the file is of: what runs in the page does not say it of each backend. */
function versionOf(path: string): string {
  const file = join(dirname(path), '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

/** The bundle of page.ts, made by the build. */
function pageBundle(): string {
  return resolve(packageFolder, 'dist/reference/tfjs/page-bundle.js');
}
