/**
 * The lines by which a program asks in a process of its own: for calls that end their process, or never come
 * back.
 */
import type { Exits } from '../text/script-lines.ts';

const patienceSeconds = 30;

/** They go first. In the other process, what comes back ends with one of `exits`. */
export function isolationLines({ notShown, notRun }: Exits): readonly string[] {
  return [
    "import { spawnSync } from 'node:child_process';",
    "import { fileURLToPath } from 'node:url';",
    '',
    '// What ends its process, or never comes back, is asked in another one.',
    "if (process.argv[2] !== 'ask') {",
    "  const program = [...process.execArgv, fileURLToPath(import.meta.url), 'ask'];",
    `  const how = { stdio: 'inherit', timeout: ${patienceSeconds}_000, killSignal: 'SIGKILL' };`,
    '  const { status, signal, error } = spawnSync(process.execPath, program, how);',
    `  const cameBack = status >= ${notShown} && status <= ${notRun};`,
    `  const why = error?.code === 'ETIMEDOUT' ? 'no answer in ${patienceSeconds} s' : (signal ?? \`exit code \${status}\`);`,
    '  if (!cameBack) console.log(`the call did not come back: ${why}`);',
    `  process.exit(cameBack ? status - ${notShown} : 1);`,
    '}',
    '',
  ];
}
