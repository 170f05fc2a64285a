#!/usr/bin/env node
/** The command `logitfuzz`: hands the arguments to yargs and sets the exit code. */
import { hideBin } from 'yargs/helpers';
import { runCli } from './cli.ts';
import { surviveOutputErrors, terminal } from './terminal.ts';

surviveOutputErrors((sentence) => {
  terminal.note(`logitfuzz: ${sentence}`);
  process.exitCode = 3;
  process.once('exit', () => (process.exitCode = 3)); // whatever else it would have been
});
process.exitCode = await runCli(hideBin(process.argv));
