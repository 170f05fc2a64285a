/**
 * Where the workers of this process keep their journals, and the end of what killed processes left of theirs.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ignoringRefusal } from '../worker/journal.ts';
import { InfrastructureError } from '../contract/failure.ts';

/**
 * Machines and containers may share the folder, and a process of another cannot be asked whether it lives.
 */
const prefix = `logitfuzz-${hostname().replaceAll(/[^\w.-]/g, '')}-`;

/** @throws InfrastructureError where there is no room for it. */
export function openJournalFolder(): { readonly path: string; remove(): void } {
  ignoringRefusal(removeOfTheDead);
  try {
    const path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
    return { path, remove: () => ignoringRefusal(() => rmSync(path, { recursive: true, force: true })) };
  } catch (error) {
    throw new InfrastructureError(`cannot write a folder in ${tmpdir()}: ${(error as Error).message}`);
  }
}

function removeOfTheDead(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)-/.exec(name.slice(prefix.length))?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    ignoringRefusal(() => rmSync(join(tmpdir(), name), { recursive: true, force: true }));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
