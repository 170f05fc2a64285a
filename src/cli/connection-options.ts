/** The flags beside `--subject`, of every command that asks one. */
import type { Argv } from 'yargs';
import type { Connection } from '../case/connection.ts';

export interface ConnectionArguments {
  readonly python?: string;
  readonly engine?: string;
  readonly manifest?: string;
}

export function connectionOptions(argv: Argv): Argv {
  return argv
    .option('python', { type: 'string', describe: 'the Python that runs a subject that is a .py' })
    .option('engine', { type: 'string', describe: 'what runs a subject that is a model or a shader' })
    .option('manifest', {
      type: 'string',
      describe: 'a file that says how the functions of a subject that is a library are called',
    });
}

/** As part of a plan; nothing where none of them is given. */
export function connectionOf({ python, engine, manifest }: ConnectionArguments): {
  readonly connection?: Connection;
} {
  const given = Object.entries({ python, engine, manifest }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? {} : { connection: Object.fromEntries(given) as Connection };
}
