#!/usr/bin/env node
/**
 * The command `logitfuzz`: hands the arguments to yargs and sets the exit code. All else is loaded only once
 * it is known that it can be.
 */
import { errorDocument } from './error-document.ts';
import { printReadyText } from './ready-text.ts';
import { lackOfSurroundings } from './surroundings.ts';

const args = process.argv.slice(2);
if (!printReadyText(args)) await runWhereItCan();

async function runWhereItCan(): Promise<void> {
  const lack = lackOfSurroundings();
  if (lack === null) return run();
  if (args.includes('--json')) console.log(JSON.stringify(errorDocument(args, lack), null, 2));
  else console.error(`logitfuzz: ${lack.message}`);
  process.exitCode = lack.exitCode;
}

async function run(): Promise<void> {
  const { startEarlyWorker } = await import('./early-worker.ts');
  startEarlyWorker(args, process.env);
  const { crashExitCode, reportCrash, watchForCrashes } = await import('./crash.ts');
  let hasPrinted = (): boolean => false;
  const commandLine = { args, hasPrinted: () => hasPrinted() };
  // In process, what nobody catches may be a kernel's, and a debugger stops there.
  if (!args.includes('--in-process')) watchForCrashes(commandLine);
  try {
    const { surviveOutputErrors, terminal } = await import('./terminal.ts');
    ({ hasPrinted } = terminal);
    surviveOutputErrors((sentence) => {
      terminal.note(`logitfuzz: ${sentence}`);
      process.exitCode = 3;
      process.once('exit', () => (process.exitCode = 3)); // whatever else it would have been
    });
    const { runCli } = await import('./cli.ts');
    process.exitCode = await runCli(args);
  } catch (error) {
    reportCrash(error, commandLine);
    process.exitCode = crashExitCode;
  }
}
