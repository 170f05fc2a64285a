#!/usr/bin/env node
/** The command `logitfuzz`: hands the arguments to yargs and sets the exit code. */
import { hideBin } from 'yargs/helpers';
import { runCli } from './cli.ts';

process.exitCode = await runCli(hideBin(process.argv));
