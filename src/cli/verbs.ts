/**
 * The verbs as `--help` lists them, in its order. Imports nothing: what a verb does is in its own file, which
 * is loaded where it is named.
 */

export type VerbName =
  | 'fuzz'
  | 'gate'
  | 'replay'
  | 'report'
  | 'compare'
  | 'corpus'
  | 'merge'
  | 'status'
  | 'doctor'
  | 'worker'
  | 'setup'
  | 'init'
  | 'bench'
  | 'score'
  | 'completion';

export interface Verb {
  /** The verb and its arguments, as yargs has them. */
  readonly command: string;
  readonly describe: string;
}

export const verbs: Readonly<Record<VerbName, Verb>> = {
  fuzz: {
    command: 'fuzz [module]',
    describe: 'judge random cases for a while, and write what diverges to disk',
  },
  gate: {
    command: 'gate [module]',
    describe:
      'the corpus, then the same cases each time: exit 1 if the subject diverges by what is not in the baseline',
  },
  replay: {
    command: 'replay [finding]',
    describe: 'judge a finding, or a case, again: exit 1 if it diverges, 0 if not',
  },
  report: {
    command: 'report [run]',
    describe: 'write report.html, report.md and report.json of a run (the newest if none is named)',
  },
  compare: {
    command: 'compare [before] [after]',
    describe: 'two runs: what is new, gone, worse or better (the newest two if none is named)',
  },
  corpus: {
    command: 'corpus <action>',
    describe: 'add to the committed cases, list them, or prune those that another covers',
  },
  merge: {
    command: 'merge <runs..>',
    describe: 'the shards of a campaign, or several campaigns, as one run',
  },
  status: {
    command: 'status',
    describe: 'where a campaign on a queue stands, and its workers',
  },
  doctor: {
    command: 'doctor',
    describe: 'tell what is there: Node, each reference, caches, folders',
  },
  worker: {
    command: 'worker [module]',
    describe: 'judge the cases that a campaign on a queue hands out, with a subject of your own',
  },
  setup: {
    command: 'setup <component>',
    describe: 'get native TensorFlow (tfjs-node), into the cache where npm cannot',
  },
  init: {
    command: 'init [folder]',
    describe:
      'write a subject to begin with, a configuration, npm scripts, a corpus, and workflows for GitHub',
  },
  bench: {
    command: 'bench',
    describe:
      'measure cases per second beside a plain fast-check loop, and the kernels beside the references',
  },
  score: {
    command: 'score',
    describe: 'plant wrong kernels, and count the cases until each is found',
  },
  completion: {
    command: 'completion [shell]',
    describe: 'print a script that completes commands, flags, values and files, for bash, zsh or fish',
  },
};
