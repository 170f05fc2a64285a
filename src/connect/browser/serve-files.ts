/**
 * What a page is given when it asks for something: the files below one folder, without a server and without
 * a port. Anything else, of the network or of the disk, it is refused.
 */
import { readFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { existsSync } from 'node:fs';
import type { BrowserEvent, Devtools } from './devtools.ts';

/** No name of the network: `.invalid` never is one. */
const origin = 'https://logitfuzz.invalid';
export const blankPage: string = `${origin}/`;

/** With an icon, so that none is asked for. */
const blank = '<!doctype html><link rel="icon" href="data:,">';

/** As WebAssembly and SharedArrayBuffer need them. */
const headers = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** The address of a file, which is below the folder. */
export function addressOf(file: string, folder: string): string {
  return `${origin}/files/${relative(folder, file).split(sep).map(encodeURIComponent).join('/')}`;
}

/** The folder of the package that the file is of; that of the file itself where it is of none. */
export function packageFolderOf(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return dirname(file);
  }
}

/**
 * Answers what the browser has paused, of whatever page and worker.
 * @returns the address where there is nothing to be given.
 */
export async function answerRequest(
  devtools: Devtools,
  { params }: BrowserEvent,
  folder: string | null,
): Promise<string | null> {
  const { requestId, request } = params as { requestId: string; request: { url: string } };
  const found = read(request.url, folder);
  if (found === null) {
    await devtools.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
    return request.url;
  }
  await devtools.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: found.code,
    responseHeaders: Object.entries({ ...headers, 'content-type': found.type }).map(([name, value]) => ({
      name,
      value,
    })),
    body: found.body.toString('base64'),
  });
  return found.code === 200 ? null : request.url;
}

interface Found {
  readonly code: 200 | 404;
  readonly type: string;
  readonly body: Buffer;
}

function read(url: string, folder: string | null): Found | null {
  const { origin: asked, pathname } = new URL(url);
  if (asked !== origin) return null;
  if (pathname === '/') return { code: 200, type: 'text/html', body: Buffer.from(blank) };
  const missing: Found = { code: 404, type: 'text/plain', body: Buffer.alloc(0) };
  if (folder === null || !pathname.startsWith('/files/')) return missing;
  const path = resolve(folder, decodeURIComponent(pathname.slice('/files/'.length)));
  if (!path.startsWith(folder + sep)) return missing;
  try {
    return { code: 200, type: types[extname(path)] ?? 'application/octet-stream', body: readFileSync(path) };
  } catch {
    return missing;
  }
}
