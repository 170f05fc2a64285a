// @module-tag processes
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { realFileSystem, type FileSystem } from './file-system.ts';
import { refuseOwned, releaseRun, sweep, takeRun } from './ownership.ts';
import type { RunFolder } from './run-folder.ts';

const id = '20240229T134501123Z-7-ab12';
let root = '';
let folder: RunFolder = { id, path: '' };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'logitfuzz-ownership-'));
  folder = { id, path: join(root, 'runs', id) };
  mkdirSync(folder.path, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const deadPid = spawnSync('true').pid;
const owned = (pid: number, { turn = 1, host = hostname() } = {}): void =>
  writeFileSync(join(folder.path, `running-${turn}.json`), JSON.stringify({ schemaVersion: 1, pid, host }));
const files = (): string[] => readdirSync(folder.path).sort();

describe('a run has one owner', () => {
  test('who takes it, until it is released', () => {
    expect(takeRun(folder)).toBe(0);
    expect(files()).toEqual(['running-1.json']);

    releaseRun(folder);

    expect(files()).toEqual([]);
  });

  test('also while that one sweeps what others have left beside it', () => {
    takeRun(folder);

    expect(sweep(root, folder)).toBe(0);

    expect(files()).toEqual(['running-1.json']);
  });

  test('and nobody else while that lives', () => {
    owned(process.ppid);

    expect(() => takeRun(folder)).toThrow(UsageError);
    expect(() => refuseOwned(folder)).toThrow(`${folder.path} is still going on, in process ${process.ppid}`);
    expect(files()).toEqual(['running-1.json']);
  });

  test('a dead one is followed, and what it was in the middle of writing is swept', () => {
    owned(deadPid);
    writeFileSync(join(folder.path, 'progress.json.123'), '{');

    expect(takeRun(folder)).toBe(1);
    expect(files()).toEqual(['running-1.json', 'running-2.json']);
  });

  test('one on another machine may live: the sentence says what to remove if not', () => {
    owned(deadPid, { host: 'elsewhere' });

    expect(() => takeRun(folder)).toThrow(/on elsewhere: if that has ended, remove \S+running-1\.json/);
  });

  test('a file that says nothing is nobody’s', () => {
    writeFileSync(join(folder.path, 'running-1.json'), '');

    expect(takeRun(folder)).toBe(0);
  });

  test('who is overtaken between looking and writing gives way', () => {
    owned(deadPid);
    const overtaken: FileSystem = {
      ...realFileSystem,
      create(path, text) {
        owned(process.ppid, { turn: 3 });
        return realFileSystem.create(path, text);
      },
    };

    expect(() => takeRun(folder, overtaken)).toThrow(`in process ${process.ppid}`);
    expect(files()).toEqual(['running-1.json', 'running-3.json']);
  });
});

test('a sweep passes over a run that lives, a dead one that cannot be taken, and what only looks like a run', () => {
  owned(process.ppid);
  writeFileSync(join(folder.path, 'progress.json.123'), '{');
  writeFileSync(join(root, 'runs', '20240229T134501123Z-8-ab12'), 'a file');

  expect(sweep(root, null)).toBe(0);
  expect(existsSync(join(folder.path, 'progress.json.123'))).toBe(true);
});

test('of twelve processes that take the run of a dead one at once, one has it', async () => {
  const module = new URL('../../dist/src/archive/ownership.js', import.meta.url).href;
  const script = `
    const { takeRun } = await import(${JSON.stringify(module)});
    process.stdin.once('data', () => {
      try { takeRun({ id: '', path: process.argv[1] }); console.log('taken'); } catch (e) { console.log(e.name); }
    });
    process.stdin.on('end', () => process.exit()).resume();
    console.log('ready');`;
  owned(deadPid);
  const contenders = Array.from({ length: 12 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script, folder.path]),
  );

  await Promise.all(contenders.map((child) => lineOf(child)));
  const answers = contenders.map((child) => lineOf(child));
  for (const child of contenders) child.stdin.write('go\n');
  const words = await Promise.all(answers);
  for (const child of contenders) child.stdin.end();

  expect(words.toSorted()).toEqual([...Array<string>(11).fill('UsageError'), 'taken']);
});

function lineOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout!.once('data', (text: Buffer) => resolve(String(text).trim())));
}
