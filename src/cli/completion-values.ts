/** What may stand after a flag, and as an argument of a command: the table that completion reads. */
import { referenceNames, references } from '../../reference/index.ts';
import { kernelNames, operations } from '../contract/subject.ts';
import { formats } from '../float/format.ts';

/** The shells that completion is there for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export interface Values {
  /** Words to be offered as they are. */
  readonly words: readonly string[];
  /** What of the file system goes as well. */
  readonly paths: 'files' | 'folders' | 'none';
  /** Several of the words, with commas between them. */
  readonly isList: boolean;
}

const none: Values = { words: [], paths: 'none', isList: false };
const files = (...words: readonly string[]): Values => ({ words, paths: 'files', isList: false });
const folders: Values = { words: [], paths: 'folders', isList: false };
const oneOf = (...words: readonly string[]): Values => ({ words, paths: 'none', isList: false });
const listOf = (...words: readonly string[]): Values => ({ words, paths: 'none', isList: true });

const subject = files('from-scratch', 'textbook');
const durations = oneOf('500ms', '10s', '30s', '5m', '1h');

/** By the flag's name; a flag that is not here takes what nobody can guess. */
const flagValues: Readonly<Record<string, Values>> = {
  subject,
  references: listOf('none', ...referenceNames),
  require: listOf(...referenceNames),
  blame: oneOf('subject', ...referenceNames),
  operations: listOf(...operations),
  kernels: listOf(...kernelNames),
  formats: listOf(...formats),
  time: durations,
  'case-timeout': durations,
  seed: oneOf('commit'),
  maximize: oneOf('error'),
  out: folders,
  corpus: folders,
  'save-corpus': folders,
  resume: folders,
  baseline: files(),
  config: files(),
  junit: files('-'),
  sarif: files('-'),
  case: files(),
};

/** By the command: the arguments that are no flags. One that is not here takes none. */
const argumentValues: Readonly<Record<string, Values>> = {
  fuzz: subject,
  gate: subject,
  replay: files('last'),
  report: folders,
  compare: folders,
  merge: folders,
  init: folders,
  setup: oneOf(...references.filter(({ setUp }) => setUp !== null).map(({ name }) => name)),
  'corpus add': files(),
  completion: oneOf(...shells),
};

export function valuesOfFlag(flag: string): Values {
  return flagValues[flag] ?? none;
}

export function valuesOfArgument(command: string): Values {
  return argumentValues[command] ?? none;
}
