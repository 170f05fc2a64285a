/**
 * What every command needs of the process it runs in, asked before anything else is loaded: without it the
 * loading itself would fail, with a stack trace of Node's. Imports nothing but Node.
 */
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Lack {
  readonly exitCode: 2 | 3;
  readonly message: string;
}

/**
 * Node opens the modules of a folder all at once: with 100 more descriptors loading fails now and then, with
 * 110 it has not been seen to. macOS allows for 256 where nobody has set a limit.
 */
const descriptorsMin = 160;

/** What is missing, as a sentence; null where nothing is. */
export function lackOfSurroundings(): Lack | null {
  try {
    process.cwd();
  } catch {
    const message = 'the working directory is not there any more: change to a folder that is';
    return { exitCode: 2, message };
  }
  const opened = openUpTo(descriptorsMin);
  if (opened === descriptorsMin) return null;
  const message =
    `only ${opened} more files can be opened at once, and ${descriptorsMin} have to be: ` +
    'raise the limit (ulimit -n)';
  return { exitCode: 3, message };
}

/** How many of so many more descriptors this process can have. */
function openUpTo(count: number): number {
  const descriptors: number[] = [];
  try {
    while (descriptors.length < count) descriptors.push(openSync(fileURLToPath(import.meta.url), 'r'));
  } catch {
    // The limit is reached.
  }
  for (const descriptor of descriptors) closeSync(descriptor);
  return descriptors.length;
}
