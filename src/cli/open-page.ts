/** Opens a file in the desktop's browser, by the command that the system has for it. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

interface Opener {
  readonly command: string;
  readonly args: readonly string[];
}

/** By `process.platform`; the rest has what freedesktop.org says. `start` wants a title first. */
const openers: Readonly<Record<string, Opener>> = {
  darwin: { command: 'open', args: [] },
  win32: { command: 'cmd', args: ['/c', 'start', '""'] },
};
const otherOpener: Opener = { command: 'xdg-open', args: [] };

/** One that waits for its browser to be closed has opened it by then. */
const waitMs = 2_000;

/** @returns null where it was opened; else a sentence that says why not, and what to open by hand. */
export async function openPage(
  path: string,
  { platform = process.platform }: { readonly platform?: string } = {},
): Promise<string | null> {
  const { command, args } = openers[platform] ?? otherOpener;
  const why = await failureOf(command, [...args, resolve(path)]);
  return why === null ? null : `no browser was opened (${why}): open ${path} by hand`;
}

function failureOf(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((settle) => {
    const child = spawn(command, args, { detached: true, stdio: 'ignore' });
    const timer = setTimeout(() => settle(null), waitMs);
    const end = (why: string | null): void => {
      clearTimeout(timer);
      settle(why);
    };
    child.on('error', ({ message }) => end(message.includes('ENOENT') ? `there is no ${command}` : message));
    child.on('exit', (code) => end(code === 0 ? null : `${command} ended with exit code ${code}`));
    child.unref();
  });
}
