/**
 * What may follow on a command line that is being typed. The shells' scripts, in completion-script.ts, ask
 * for it at every press of the tab key.
 */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { valuesOfArgument, valuesOfFlag, type Values } from './completion-values.ts';

/** The hidden verb by which the scripts ask. */
export const completeVerb = '--complete';

export interface Completion {
  readonly words: readonly string[];
  /** What of the file system the shell is to add of itself. */
  readonly paths: Values['paths'];
}

type Command = CommandModule<object, never>;

/**
 * `typed` are the words after the program's name; the last is the one that the cursor stands in, '' between
 * two. bash cuts `--flag=value` at the `=`: then what follows it is completed alone.
 */
export function completionOf(
  typed: readonly string[],
  { commands, actions }: { readonly commands: readonly Command[]; readonly actions: readonly Command[] },
): Completion {
  const { words, isCut } = joined(typed);
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const [verb] = before.filter((word) => !word.startsWith('-'));
  if (verb === undefined) return starting(current, [...commands.map(nameOf), '--help', '--version']);
  const action = verb === 'corpus' ? before.filter((word) => !word.startsWith('-'))[1] : undefined;
  const command = (verb === 'corpus' ? actions : commands).find(
    (other) => nameOf(other) === (action ?? verb),
  );
  if (verb === 'corpus' && action === undefined) return starting(current, actions.map(nameOf));
  if (command === undefined) return { words: [], paths: 'none' };
  const flags = flagsOf(command);
  const given = /^--([\w-]+)=(.*)$/s.exec(current);
  if (given !== null) return valued(given[2]!, valuesOfFlag(given[1]!), isCut ? '' : `--${given[1]!}=`);
  const last = before.at(-1)?.replace(/^--/, '') ?? '';
  if (before.at(-1)?.startsWith('--') === true && flags.valued.includes(last))
    return valued(current, valuesOfFlag(last), '');
  if (current.startsWith('-')) {
    const taken = before.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/s, ''));
    return starting(
      current,
      flags.all.map((flag) => `--${flag}`).filter((flag) => !taken.includes(flag)),
    );
  }
  return valued(current, valuesOfArgument(action === undefined ? verb : `${verb} ${action}`), '');
}

function joined(typed: readonly string[]): { readonly words: readonly string[]; readonly isCut: boolean } {
  const words: string[] = [];
  let isCut = false;
  for (let i = 0; i < typed.length; i++) {
    isCut = typed[i] === '=' && words.at(-1)?.startsWith('--') === true;
    if (!isCut) words.push(typed[i]!);
    else words.push(`${words.pop()!}=${typed[++i] ?? ''}`);
  }
  return { words, isCut };
}

function nameOf({ command }: Command): string {
  return String(command).split(' ')[0]!;
}

/** Its flags, and those of them that a value follows. */
function flagsOf({ builder }: Command): {
  readonly all: readonly string[];
  readonly valued: readonly string[];
} {
  const argv = (builder as (argv: Argv) => Argv)(yargs([]));
  // Public in yargs, but not in its types.
  const { getOptions, getGroups } = argv as unknown as {
    getOptions(): { readonly key: object; readonly boolean: readonly string[] };
    getGroups(): Readonly<Record<string, readonly string[]>>;
  };
  const { key, boolean } = getOptions.call(argv);
  const positional = getGroups.call(argv)['Positionals:'] ?? [];
  const all = Object.keys(key).filter(
    (name) => name.length > 1 && !/[A-Z]/.test(name) && !positional.includes(name),
  );
  return { all, valued: all.filter((name) => !boolean.includes(name)) };
}

function starting(current: string, words: readonly string[]): Completion {
  return { words: words.filter((word) => word.startsWith(current)).sort(), paths: 'none' };
}

/** `prefix` stands before the value in the same word. */
function valued(current: string, { words, paths, isList }: Values, prefix: string): Completion {
  const head = isList ? current.slice(0, current.lastIndexOf(',') + 1) : '';
  const there = head.split(',');
  const left = words.filter((word) => !isList || !there.includes(word));
  const whole = left.map((word) => `${head}${word}`).filter((word) => word.startsWith(current));
  return { words: whole.map((word) => `${prefix}${word}`), paths };
}

/** A line that says what of the file system the shell adds, and one for each word. */
export function completionText({ words, paths }: Completion): string {
  return [paths, ...words].join('\n');
}
