/** `kernels.py`: a module of Python, run by the kit that comes with logitfuzz. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../case/connection.ts';
import { UsageError } from '../contract/failure.ts';
import type { Connecting, Program } from './connector.ts';
import { kitStartMs } from './command.ts';
import { connectOutside } from './connect-outside.ts';
import { processOpener } from './process-channel.ts';
import { packageFolder } from '../contract/package-version.ts';

/** What a clone has of Python: `npm run setup:parts`. */
const clonesPython = resolve(packageFolder, 'parts/venv/bin/python');

/** The interpreter where nobody names one: that of the active virtual environment comes first on the path. */
export function defaultPython(): string {
  const named = process.env['LOGITFUZZ_PYTHON'];
  if (named !== undefined && named !== '') return named;
  if (process.env['VIRTUAL_ENV'] === undefined && existsSync(clonesPython)) return clonesPython;
  return process.platform === 'win32' ? 'python' : 'python3';
}

/** The kit: one file, which needs NumPy alone. */
export const pythonKit: string = resolve(packageFolder, 'kits/python/logitfuzz_kit.py');

export const pythonConnector: Connecting = {
  program: programOf,
  async connect(specifier, options) {
    const { python = defaultPython(), rssLimitMb, role = 'subject' } = options;
    const { command, args } = programOf(specifier, { python }, role);
    const whose = `the ${role} ${JSON.stringify(specifier)}, run by ${python} (--python names another),`;
    const open = processOpener({ command, args, whose, rssLimitMb, startTimeoutMs: kitStartMs });
    return connectOutside(open, basename(specifier, '.py'), options);
  },
};

/** The interpreter with the kit and the module. */
function programOf(specifier: string, { python = defaultPython() }: Connection, role = 'subject'): Program {
  const path = resolve(specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier);
  if (!existsSync(path))
    throw new UsageError(`the ${role} ${JSON.stringify(specifier)} is not there: no file ${path}`);
  return { command: python, args: [pythonKit, path] };
}
