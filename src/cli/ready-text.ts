/**
 * What `--help` and `--version` print, as the build has written it beside the bundle: nothing has to be
 * loaded for that but this. Imports nothing but Node.
 */
import { readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

/** Where there is no terminal; a wider one has no wider text. */
const widthMax = 110;

/**
 * Prints it, if these words ask for nothing else and there is one: not for a terminal of any width, nor where
 * the command runs from its sources. @returns whether it did.
 */
export function printReadyText(args: readonly string[]): boolean {
  const name = nameOf(args);
  if (name === null) return false;
  try {
    const path = fileURLToPath(new URL(`../bundle/texts/${name}.txt`, import.meta.url));
    writeSync(1, readFileSync(path, 'utf8'));
    return true;
  } catch {
    return false; // whatever is in the way is told by what prints it otherwise
  }
}

/** `version`, or the width and the verb, or `all`. */
function nameOf(args: readonly string[]): string | null {
  if (args.length === 1 && isOne(args[0], ['--version', '-V'])) return 'version';
  if (args.length === 0 || args.length > 2 || !isOne(args.at(-1), ['--help', '-h'])) return null;
  const verb = args.length === 1 ? 'all' : args[0]!;
  if (!/^[a-z]+$/.test(verb)) return null;
  return `${Math.min(widthMax, isatty(1) ? process.stdout.columns : widthMax)}/${verb}`;
}

function isOne(word: string | undefined, words: readonly string[]): boolean {
  return word !== undefined && words.includes(word);
}
