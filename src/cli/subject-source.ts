/**
 * The lines at which a subject's kernels stand in its source, read from its text and from its source map: no
 * module is loaded, so that a report of somebody else's run runs nothing.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../archive/run-record.ts';
import { kernelNames, type KernelName } from '../contract/subject.ts';
import { exportPlaces } from '../report/export-lines.ts';
import type { KernelPlaces, SourcePlace } from '../report/kernel-places.ts';

const sourceBytesMax = 4 * 2 ** 20;
/** An export may lead from file to file, and in a circle. */
const filesMax = 8;

interface At {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where each kernel of the run's subject is; those that were not found are not there. */
export function kernelPlacesOf({ subject }: Pick<RunRecord, 'subject'>): KernelPlaces {
  const file = subject.module === null ? null : fileOf(subject.module);
  if (file === null) return {};
  const places: Partial<Record<KernelName, SourcePlace>> = {};
  for (const kernel of kernelNames) {
    const at = placeIn(file, kernel, filesMax);
    const place = at === null ? null : sourcePlace(originalOf(at));
    if (place !== null) places[kernel] = place;
  }
  return places;
}

function fileOf(module: string): string | null {
  try {
    const path = module.startsWith('file:') ? fileURLToPath(module) : resolve(module);
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

function placeIn(file: string, name: string, filesLeft: number): At | null {
  const text = textOf(file);
  if (text === null || filesLeft === 0) return null;
  for (const place of exportPlaces(text, name)) {
    if (place.kind === 'here') return { file, ...place };
    const next = moduleAt(file, place.specifier);
    const there = next === null ? null : placeIn(next, place.name, filesLeft - 1);
    if (there !== null) return there;
    if (place.name !== name || next === null) return { file, ...place };
  }
  return null;
}

/** TypeScript names the file that a module is compiled to, or leaves its ending out. */
function moduleAt(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const path = resolve(dirname(from), specifier);
  const stem = path.replace(/\.([cm]?)jsx?$/, '.$1');
  const asTypescript = stem === path ? [] : [`${stem}ts`, `${stem}tsx`];
  const endings = ['.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js'].map((ending) => path + ending);
  return [path, ...asTypescript, ...endings].find((candidate) => textOf(candidate) !== null) ?? null;
}

function textOf(file: string): string | null {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= sourceBytesMax ? readFileSync(file, 'utf8') : null;
  } catch {
    return null;
  }
}

/** What the file was compiled from, where its source map says so and that is there. */
function originalOf(at: At): At {
  const map = mapOf(at.file);
  if (map === null) return at;
  const entry = new SourceMap(map.payload).findEntry(at.line - 1, at.column);
  if (!('originalSource' in entry)) return at;
  const file = resolve(map.folder, map.payload.sourceRoot ?? '', entry.originalSource);
  return textOf(file) === null ? at : { file, line: entry.originalLine + 1, column: entry.originalColumn };
}

function mapOf(file: string): { readonly payload: SourceMapPayload; readonly folder: string } | null {
  const comment = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(textOf(file) ?? '')?.[1];
  if (comment === undefined) return null;
  const inline = /^data:application\/json;(?:charset=utf-8;)?base64,(.*)$/.exec(comment)?.[1];
  const path = resolve(dirname(file), comment);
  const text = inline === undefined ? textOf(path) : Buffer.from(inline, 'base64').toString('utf8');
  try {
    const payload = JSON.parse(text ?? 'null') as SourceMapPayload | null;
    const isMap = typeof payload?.mappings === 'string' && Array.isArray(payload.sources);
    return isMap ? { payload, folder: inline === undefined ? dirname(path) : dirname(file) } : null;
  } catch {
    return null;
  }
}

/** By the path within the working directory, as what CI reads names files; null for one outside it. */
function sourcePlace({ file, line }: At): SourcePlace | null {
  const path = relative(process.cwd(), file).replaceAll('\\', '/');
  return path.startsWith('..') || isAbsolute(path) ? null : { path, line };
}
