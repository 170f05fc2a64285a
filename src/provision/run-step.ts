/** Runs one step of a provisioning as a process of its own; its failure is a sentence that names the step. */
import { spawn } from 'node:child_process';
import { InfrastructureError } from '../contract/failure.ts';

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

const tailLength = 600;

/**
 * @throws InfrastructureError naming the step, with the last that the process said.
 * @returns its standard output.
 */
export function runStep(step: Step): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(step.command, step.args, {
      cwd: step.cwd,
      env: { ...process.env, ...step.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: step.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const fail = (why: string): void => {
      const tail = said.trim().slice(-tailLength);
      reject(new InfrastructureError(`${step.name} failed: ${why}${tail === '' ? '' : `\n${tail}`}`));
    };
    child.on('error', (error) => fail(`${step.command} could not be started (${error.message})`));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else if (signal !== null) fail(`it was ended by ${signal} (limit ${step.timeoutMs / 1000} s)`);
      else fail(`${step.command} ended with code ${code}`);
    });
  });
}
