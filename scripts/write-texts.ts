/**
 * A step of `npm run build`: what `logitfuzz --help`, `logitfuzz <verb> --help` and `logitfuzz --version`
 * print, as texts that the command finds without loading what prints them. `jiti scripts/write-texts.ts` does
 * it for each width in a process of its own, which it starts with that width.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Off a terminal and in a wide one, and in one that is as wide as most are where nobody has changed it. */
const widths = [110, 80];
const folder = 'dist/src/bundle/texts';

const own = process.argv[2];
if (own === undefined) {
  const jiti = fileURLToPath(new URL('../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url));
  for (const width of widths) {
    const { status } = spawnSync(process.execPath, [jiti, fileURLToPath(import.meta.url), String(width)], {
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error(`the texts of ${width} columns could not be written`);
  }
} else {
  Object.defineProperty(process.stdout, 'columns', { value: Number(own) });
  const load = (path: string): Promise<unknown> => import(join(process.cwd(), path));
  const { runCli } = (await load('dist/src/cli/cli.js')) as {
    readonly runCli: (args: readonly string[]) => Promise<number>;
  };
  const { verbs } = (await load('dist/src/cli/verbs.js')) as { readonly verbs: object };
  let text = '';
  console.log = (line: string): void => void (text += `${line}\n`);
  const write = async (name: string, args: readonly string[]): Promise<void> => {
    text = '';
    if ((await runCli(args)) !== 0) throw new Error(`${args.join(' ')} fails`);
    writeFileSync(join(folder, `${name}.txt`), text);
  };
  mkdirSync(join(folder, own), { recursive: true });
  await write('version', ['--version']);
  await write(`${own}/all`, ['--help']);
  for (const verb of Object.keys(verbs)) await write(`${own}/${verb}`, [verb, '--help']);
}
