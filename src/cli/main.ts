#!/usr/bin/env node
/** The command `logitfuzz`: hands the arguments to yargs and sets the exit code. */
import { hideBin } from 'yargs/helpers';
import { runCli } from './cli.ts';
import { surviveOutputErrors, terminal } from './terminal.ts';

process.on('SIGXFSZ', () => undefined); // a file that would grow beyond `ulimit -f` is an error of the write, not the end
surviveOutputErrors((sentence) => {
  terminal.note(`logitfuzz: ${sentence}`);
  process.exitCode = 3;
  process.once('exit', () => (process.exitCode = 3)); // whatever else it would have been
});
process.exitCode = await runCli(hideBin(process.argv));
