/** `logitfuzz init [folder]`: what a project needs to be fuzzed and gated, from the files in templates/. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { CommandModule } from 'yargs';
import { makeFolder, realFileSystem, writeFile } from '../archive/file-system.ts';
import { inPosix } from '../archive/run-folder.ts';
import { terminal } from './terminal.ts';

interface InitArguments {
  readonly folder: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Where each template goes, in the project. */
export const initFiles: readonly { readonly template: string; readonly path: string }[] = [
  { template: 'subject.ts', path: 'logitfuzz.subject.ts' },
  { template: 'logitfuzz.config.ts', path: 'logitfuzz.config.ts' },
  { template: 'gate.yml', path: '.github/workflows/logitfuzz-gate.yml' },
  { template: 'nightly.yml', path: '.github/workflows/logitfuzz-nightly.yml' },
];

export const initCommand: CommandModule<object, InitArguments> = {
  command: 'init [folder]',
  describe: 'write a subject to begin with, a configuration, and workflows for GitHub',
  builder: (argv) =>
    argv
      .positional('folder', { type: 'string', default: '.', describe: 'of the project' })
      .option('force', { type: 'boolean', default: false, describe: 'write over what is there' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' }) as never,
  handler({ folder, force, json }) {
    const kept = initFiles.filter(({ path }) => !force && existsSync(join(folder, path)));
    const written = initFiles.filter((file) => !kept.includes(file));
    for (const { template, path } of written) {
      const target = inPosix(folder, path);
      makeFolder(realFileSystem, dirname(target));
      writeFile(realFileSystem, target, readTemplate(template));
    }
    const pathsOf = (files: typeof initFiles): string[] => files.map(({ path }) => inPosix(folder, path));
    if (json) {
      const files = { written: pathsOf(written), kept: pathsOf(kept) };
      return terminal.printJson({ schemaVersion: 1, command: 'init', exitCode: 0, ...files });
    }
    for (const path of pathsOf(written)) terminal.print(`wrote  ${path}`);
    for (const path of pathsOf(kept))
      terminal.print(`kept   ${path}: it is there already (--force writes over it)`);
    terminal.note('next: npx logitfuzz fuzz; npx logitfuzz gate --update-baseline lists what diverges today');
  },
};

function readTemplate(name: string): string {
  const root = dirname(createRequire(import.meta.url).resolve('logitfuzz/package.json'));
  return readFileSync(join(root, 'templates', name), 'utf8');
}
