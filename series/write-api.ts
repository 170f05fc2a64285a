/**
 * Writes docs/api.md from the package's entry points and
 * the doc comments of what they export. `npm run docs:api`
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { exportsOf, supportsOf, type ExportedDeclaration } from './declarations.ts';
import { isMain, repository } from './run.ts';

export const apiDocument: string = join(repository, 'docs/api.md');

export interface EntryPoint {
  /** The specifier that it is imported by: `logitfuzz/kernels`. */
  readonly specifier: string;
  /** The source that it is built from, in the repository. */
  readonly file: string;
}

/** Every entry point of package.json that is a module, in its order. */
export function entryPoints(): readonly EntryPoint[] {
  const { name, exports } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            specifier: name + path.slice(1),
            file: target.types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts'),
          },
        ],
  );
}

const introduction = `# API

Every export of every entry point, with its declaration and what it is. Kernels are declared here and specified in
[the contract](contract.md); the command line is described by \`npx logitfuzz --help\`.

This file is written from the sources by \`npm run docs:api\`: change the doc comment there.
`;

/** Formatted as the repository's other documents are. */
export async function apiText(): Promise<string> {
  const entries = entryPoints().map(({ specifier, file }) => ({
    specifier,
    declarations: exportsOf(file, repository),
  }));
  const exported = new Set(entries.flatMap(({ declarations }) => declarations.map(keyOf)));
  const shown = new Map<string, string>();
  const sections = entries.map((entry) => renderEntryPoint(entry, { exported, shown }));
  const text = [introduction, ...sections, renderSchemas()].join('\n');
  return format(text, { ...(await resolveConfig(apiDocument)), filepath: apiDocument });
}

interface Page {
  /** Keys of all that some entry point exports. */
  readonly exported: ReadonlySet<string>;
  /** The name under which each declaration stands on the page already, by key: it is not printed twice. */
  readonly shown: Map<string, string>;
}

function renderEntryPoint(
  {
    specifier,
    declarations,
  }: { readonly specifier: string; readonly declarations: readonly ExportedDeclaration[] },
  { exported, shown }: Page,
): string {
  const again = declarations.filter((one) => shown.get(keyOf(one)) === one.name);
  const list = again.map(({ name }) => linkTo(name)).join(', ');
  const same = list === '' ? [] : [`As above: ${list}.`, ''];
  const sections = declarations
    .filter((one) => !again.includes(one))
    .map((one) => {
      const other = shown.get(keyOf(one));
      if (other !== undefined) return renderAlias(one.name, other);
      shown.set(keyOf(one), one.name);
      return renderDeclaration(one, exported);
    });
  return [`## \`${specifier}\``, '', ...same, ...sections].join('\n');
}

function keyOf({ file, localName }: Pick<ExportedDeclaration, 'file' | 'localName'>): string {
  return `${file} ${localName}`;
}

function linkTo(name: string): string {
  return `[\`${name}\`](#${name.toLowerCase()})`;
}

function renderAlias(name: string, other: string): string {
  return [`### \`${name}\``, '', `Another name of ${linkTo(other)}.`, ''].join('\n');
}

function renderDeclaration(declaration: ExportedDeclaration, exported: ReadonlySet<string>): string {
  const { name, comment, signature } = declaration;
  const isShown = (file: string, localName: string): boolean => exported.has(keyOf({ file, localName }));
  const code = [signature, ...supportsOf(declaration, repository, isShown)].join('\n\n');
  return [`### \`${name}\``, '', comment, '', '```ts', code, '```', ''].join('\n');
}

function renderSchemas(): string {
  const folder = join(repository, 'schemas');
  const rows = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const { title } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { readonly title: string };
      return `| \`logitfuzz/schemas/${file}\` | ${title} |`;
    });
  return [
    '## `logitfuzz/schemas/*`',
    '',
    'JSON Schemas (draft 2020-12) of what logitfuzz reads and writes.',
    '',
    '| file | what it describes |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

if (isMain(import.meta.url)) writeFileSync(apiDocument, await apiText());
