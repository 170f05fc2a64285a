/**
 * What a module exports, read from its source: each name with
 * its declaration and doc comment. Loads and runs nothing.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isolatedDeclarationSync } from 'rolldown/experimental';
import { parseSync } from 'rolldown/utils';

export interface ExportedDeclaration {
  /** The name that is imported; `module 'vitest'` where it adds to a module of others. */
  readonly name: string;
  /** Repository path of the source that declares it, and its name there. */
  readonly file: string;
  readonly localName: string;
  readonly isType: boolean;
  /** The doc comment as prose; empty where there is none. */
  readonly comment: string;
  /** The declaration under the exported name, without its body. */
  readonly signature: string;
}

/** The exports of a source file in the order it names them, those that it passes on from others included. */
export function exportsOf(file: string, root: string): readonly ExportedDeclaration[] {
  const { statements, passedOn } = factsOf(file, root);
  const own = statements
    .filter(({ isExported }) => isExported)
    .flatMap(({ names, isType, comment, text: signature }) =>
      names.map((name) => ({ name, file, localName: name, isType, comment, signature })),
    );
  const others = passedOn.flatMap(({ from, local, exported, isType }) => {
    const all = exportsOf(join(dirname(file), from), root);
    if (exported === '*') return isType ? all.filter((one) => one.isType) : all;
    const found = all.find(({ name }) => name === local);
    if (found === undefined) throw new Error(`${file} passes on ${local}, which ${from} does not export`);
    return [renamed(found, exported)];
  });
  return [...new Map([...others, ...own].map((one) => [one.name, one])).values()];
}

function renamed(declaration: ExportedDeclaration, name: string): ExportedDeclaration {
  const signature = declaration.signature.replace(new RegExp(`\\b${declaration.name}\\b`), name);
  return { ...declaration, name, signature };
}

/**
 * The declarations of the same source that a declaration leans on, in their order there, but for those that
 * `isShown` says are shown elsewhere.
 */
export function supportsOf(
  { file, localName }: ExportedDeclaration,
  root: string,
  isShown: (file: string, name: string) => boolean,
): readonly string[] {
  const { statements } = factsOf(file, root);
  const first = statements.find(({ names }) => names.includes(localName))!;
  const found = new Set([first]);
  for (const { text } of found) {
    const plain = withoutCommentsAndTexts(text);
    for (const other of statements) {
      const isNamed = other.names.some((name) => new RegExp(`\\b${name}\\b`).test(plain));
      if (isNamed && !other.names.some((name) => isShown(file, name))) found.add(other);
    }
  }
  return statements.filter((one) => one !== first && found.has(one)).map(({ text }) => text);
}

function withoutCommentsAndTexts(text: string): string {
  return text.replace(/\/\*.*?\*\//gs, '').replace(/(['"])(?:(?!\1).)*\1/g, '');
}

interface Statement {
  readonly names: readonly string[];
  readonly isExported: boolean;
  readonly isType: boolean;
  readonly comment: string;
  readonly text: string;
}

interface ModuleFacts {
  readonly statements: readonly Statement[];
  /** What it passes on from others; `exported` is '*' for all that they export. */
  readonly passedOn: readonly {
    readonly from: string;
    readonly local: string;
    readonly exported: string;
    /** Whether a re-export of '*' passes on types alone. */
    readonly isType: boolean;
  }[];
}

const known = new Map<string, ModuleFacts>();

function factsOf(file: string, root: string): ModuleFacts {
  const path = join(root, file);
  const facts = known.get(path) ?? readFacts(path);
  known.set(path, facts);
  return facts;
}

function readFacts(path: string): ModuleFacts {
  const source = readFileSync(path, 'utf8');
  const { code, errors } = isolatedDeclarationSync(path, source, {});
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join('; ')}`);
  return moduleFactsOf(code, { opening: /^\/\*(\*.*?)\*\//s.exec(source)?.[1] ?? '' });
}

type Node = ReturnType<typeof parseSync>['program']['body'][number];

/** `opening` is the comment that the source opens with: it is on the whole file, and no declaration's own. */
function moduleFactsOf(code: string, { opening }: { readonly opening: string }): ModuleFacts {
  const { program, comments } = parseSync('module.d.ts', code);
  const commentBefore = (start: number): string => {
    const last = comments.findLast(({ end }) => end <= start);
    if (last === undefined || !last.value.startsWith('*') || code.slice(last.end, start).trim() !== '')
      return '';
    const prose = proseOf(last.value);
    return prose === proseOf(opening) ? '' : prose;
  };
  const statements: Statement[] = [];
  const passedOn: ModuleFacts['passedOn'][number][] = [];
  const add = (node: Node, { isExported, start }: { isExported: boolean; start: number }): void => {
    const isType = node.type === 'TSInterfaceDeclaration' || node.type === 'TSTypeAliasDeclaration';
    const text = code.slice(node.start, node.end).replace(/^declare (?!module)/, '');
    statements.push({ names: namesOf(node), isExported, isType, comment: commentBefore(start), text });
  };
  for (const node of program.body) {
    if (node.type === 'ExportAllDeclaration') {
      const isType = node.exportKind === 'type';
      passedOn.push({ from: node.source.value, local: '*', exported: '*', isType });
    } else if (node.type === 'ExportNamedDeclaration') {
      if (node.declaration !== null) add(node.declaration as Node, { isExported: true, start: node.start });
      for (const { local, exported } of node.specifiers) {
        const from = node.source?.value;
        if (from === undefined) throw new Error(`export { ${nameOf(local)} } without from is not read`);
        passedOn.push({ from, local: nameOf(local), exported: nameOf(exported), isType: false });
      }
    } else if (node.type !== 'ImportDeclaration') {
      add(node, { isExported: node.type === 'TSModuleDeclaration', start: node.start });
    }
  }
  return { statements, passedOn };
}

function namesOf(node: Node): readonly string[] {
  if (node.type === 'VariableDeclaration') return node.declarations.map(({ id }) => nameOf(id));
  if (node.type === 'TSModuleDeclaration') return [`module '${nameOf(node.id)}'`];
  return 'id' in node && node.id !== null ? [nameOf(node.id)] : [];
}

function nameOf(node: unknown): string {
  const { name, value } = node as { readonly name?: string; readonly value?: string };
  return name ?? value!;
}

/** A block comment's text without its stars, its lines joined; each @throws begins a paragraph. */
function proseOf(comment: string): string {
  return comment
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\*\s?/, '').trim())
    .join(' ')
    .replace(/\s*@throws\s+/g, '\n\nThrows ')
    .trim();
}
