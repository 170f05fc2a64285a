/** What completion offers, and the shells' scripts under the shells that are there. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const complete = (...typed: string[]): readonly string[] => {
  const { stdout } = runCommand(['--complete', ...typed], { cwd: folder.path });
  return stdout.trimEnd().split('\n');
};

describe('of a command line that is being typed', () => {
  test('verbs and flags are offered, and what follows a flag', () => {
    expect(complete('re')).toEqual(['none', 'replay', 'report']);
    expect(complete('fuzz', '--se')).toEqual(['none', '--seed']);
    expect(complete('fuzz', '--references', 'tfjs-cpu,tfjs-wa')).toEqual(['none', 'tfjs-cpu,tfjs-wasm']);
    expect(complete('fuzz', '--maximize', '')).toEqual(['none', 'error']);
    expect(complete('fuzz', '--strict', 'text')).toEqual(['files', 'textbook']);
    expect(complete('corpus', 'pr')).toEqual(['none', 'prune']);
    expect(complete('corpus', 'prune', '--ap')).toEqual(['none', '--apply']);
  });

  test('a value after an equals sign is offered as the shell has cut it', () => {
    expect(complete('fuzz', '--formats=float3')).toEqual(['none', '--formats=float32']);
    expect(complete('fuzz', '--formats', '=', 'float3')).toEqual(['none', 'float32']);
    expect(complete('gate', '--config', '=')).toEqual(['files']);
  });

  test('a word that means nothing gets nothing, and no error', () => {
    expect(complete('nothing', '--x', '')).toEqual(['none']);
    expect(complete('fuzz', '--seconds', '=', '')).toEqual(['none']);
  });
});

/** What the shell offers at the end of a line, sorted. */
interface ShellRow {
  readonly shell: 'bash' | 'zsh' | 'fish';
  /** A program for it: the script is in $SCRIPT, the words after `logitfuzz` are its arguments. */
  readonly program: string;
}

const rows: readonly ShellRow[] = [
  {
    shell: 'bash',
    program: `source "$SCRIPT"; COMP_WORDS=(logitfuzz "$@"); COMP_CWORD=$#; _logitfuzz
      [[ $(complete -p logitfuzz) == *'-F _logitfuzz logitfuzz' ]] && printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  {
    shell: 'zsh', // outside of its line editor: what it would be told is printed
    program: `compdef() { completed=$2 }; compadd() { shift; print -l -- "$@" }; _files() { [[ $1 == -/ ]] && print -l -- *(/) || print -l -- * }
      compset() { PREFIX=\${PREFIX#*=} }
      source "$SCRIPT"; words=(logitfuzz "$@"); CURRENT=\${#words}; PREFIX=\${words[-1]}
      [[ $completed == logitfuzz ]] && _logitfuzz`,
  },
  { shell: 'fish', program: 'source $SCRIPT; complete -C "logitfuzz $argv" | string replace -r "\\t.*" ""' },
];

const isThere = ({ shell }: ShellRow): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

describe.each(rows)('the script for $shell', (row) => {
  const { shell, program } = row;
  const cwd = join(folder.path, shell);

  beforeAll(() => {
    mkdirSync(join(cwd, 'bin'), { recursive: true });
    mkdirSync(join(cwd, 'runs'));
    writeFileSync(join(cwd, 'my kernels.mjs'), '');
    writeFileSync(join(cwd, 'bin/logitfuzz'), `#!/bin/sh\nexec '${process.execPath}' '${mainPath}' "$@"\n`);
    chmodSync(join(cwd, 'bin/logitfuzz'), 0o755);
    writeFileSync(join(cwd, 'script'), runCommand(['completion', shell], { cwd: folder.path }).stdout);
  });

  const offered = (...typed: readonly string[]): readonly string[] => {
    const flags = { bash: ['--norc', '--noprofile'], zsh: ['-f'], fish: ['--no-config'] }[shell];
    const args = shell === 'bash' || shell === 'zsh' ? ['-c', program, shell] : ['-c', program];
    const { stdout } = spawnSync(shell, [...flags, ...args, ...typed], {
      cwd,
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${join(cwd, 'bin')}:${process.env['PATH']}`,
        SCRIPT: join(cwd, 'script'),
      },
    });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  };

  test.skipIf(!isThere(row))(`completes verbs, flags and values (where there is a ${shell})`, () => {
    expect(offered('re')).toEqual(['replay', 'report']);
    expect(offered('fuzz', '--max-f')).toEqual(['--max-findings']);
    expect(offered('gate', '--references', 'tfjs-n')).toEqual(['tfjs-node']);
  });

  test.skipIf(!isThere(row))(
    `and files and folders, with blanks in their names (where there is a ${shell})`,
    () => {
      const ofSubject = offered('fuzz', '--subject', '');
      const ofOut = offered('fuzz', '--out', '');

      expect(ofSubject).toEqual(expect.arrayContaining(['from-scratch', 'textbook']));
      expect(ofSubject.some((word) => word.includes('kernels.mjs'))).toBe(true);
      expect(ofOut.some((word) => word.startsWith('runs'))).toBe(true);
      expect(ofOut.some((word) => word.includes('textbook'))).toBe(false);
    },
  );
});
