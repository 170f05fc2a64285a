/** Finds and loads the module under test. Runs none of its kernels. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { abbreviated, parseData } from '../case/parse-data.ts';
import { supportsSchema } from '../case/supports.ts';
import { UsageError } from '../contract/failure.ts';
import { halfLevels, kernelTable, type Arithmetic, type SubjectModule } from '../contract/subject.ts';
import * as fromScratch from '../kernels/index.ts';
import * as textbook from '../kernels/textbook/index.ts';
import { copyOfData, describeThrown, reading } from './foreign-values.ts';
import { importModule } from './import-module.ts';

/**
 * 'from-scratch' (also undefined) and 'textbook' are the project's own; anything else is a path, a file URL
 * or the name of a package, resolved from the working directory. TypeScript loads as it is; `cache` is as
 * `importModule` has it.
 * @throws UsageError naming the module: not there, throws at import, exports no kernel, or exports one that
 * is none.
 */
export async function loadSubject(
  specifier: string | undefined,
  { cache = null, role = 'subject' }: LoadSubjectOptions = {},
): Promise<SubjectModule> {
  if (specifier === undefined || specifier === 'from-scratch') return fromScratch;
  if (specifier === 'textbook') return textbook;
  const loaded = await importSubject(specifier, { cache, role });
  return checkSubject(specifier, loaded, role);
}

interface LoadSubjectOptions {
  readonly cache?: string | null;
  /** What it is called in sentences. */
  readonly role?: Role;
}

type Role = 'subject' | 'reference';

async function importSubject(
  specifier: string,
  { cache, role }: Required<LoadSubjectOptions>,
): Promise<unknown> {
  const target = resolveModule(specifier, role);
  try {
    return await importModule(target, { cache });
  } catch (error) {
    const why = describeThrown(error).replace(/ Require stack:.*/s, ''); // of a file that is ours, and not there
    throw new UsageError(`the ${role} ${JSON.stringify(specifier)} could not be imported: ${why}`);
  }
}

/** A path that is there is a file; what looks like a path must be one; the rest is the name of a package. */
function resolveModule(specifier: string, role: Role): string {
  if (specifier.startsWith('file:')) return specifier;
  const path = resolve(process.cwd(), specifier);
  if (existsSync(path)) return pathToFileURL(path).href;
  if (specifier.startsWith('.') || isAbsolute(specifier) || /\.[cm]?[jt]s$/.test(specifier)) {
    throw new UsageError(
      `the ${role} ${JSON.stringify(specifier)} is not there: no file ${path} (in ${dirname(path)})`,
    );
  }
  return specifier;
}

/** What a module may say of itself beside its kernels, as data. */
const dataExports = ['name', 'version', 'arithmetic', 'supports', 'refuses'] as const;

/**
 * The exports that the contract knows, each read once, by name or out of a default export that is an object.
 * @throws UsageError naming the specifier: a kernel that is none, none at all, or what cannot be read.
 */
export function checkSubject(specifier: string, loaded: unknown, role: Role = 'subject'): SubjectModule {
  const kernels = kernelTable.map(({ kernel }) => kernel);
  const fail = (why: string): never => {
    throw new UsageError(`the ${role} ${JSON.stringify(specifier)} ${why}`);
  };
  const exports: Record<string, unknown> = {};
  for (const name of [...kernels, ...dataExports]) {
    const read = reading(() => copyOfData(exportOf(loaded, name)));
    if ('threw' in read) fail(`exports ${name}, and reading it threw ${read.threw}`);
    else if (read.value !== undefined) exports[name] = read.value;
  }
  for (const kernel of kernels) {
    const value = exports[kernel];
    if (value !== undefined && typeof value !== 'function')
      fail(`exports ${kernel} as ${typeof value}, not as a function`);
  }
  for (const text of ['name', 'version'] as const) checkName(text, exports[text], fail);
  checkArithmetic(exports['arithmetic'], fail);
  const { supports, refuses } = exports;
  if (refuses !== undefined && typeof refuses !== 'boolean')
    fail(`exports refuses as ${abbreviated(refuses)}, not as true or false`);
  const name = `the ${role} ${JSON.stringify(specifier)} exports supports`;
  const parsed = supports === undefined ? {} : { supports: parseData(supportsSchema, supports, { name }) };
  if (!kernels.some((kernel) => exports[kernel] !== undefined)) {
    fail(`exports none of the kernels: ${kernels.join(', ')}`);
  }
  return { ...exports, ...parsed };
}

function exportOf(loaded: unknown, name: string): unknown {
  const named = loaded as Readonly<Record<string, unknown>>;
  const own = named[name];
  if (own !== undefined) return own;
  const standard = named['default'];
  return typeof standard === 'object' && standard !== null
    ? (standard as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

const nameLengthMax = 100;

/** A name stands in every file, table and line: it is short, and on one line. */
function checkName(kind: 'name' | 'version', value: unknown, fail: (why: string) => never): void {
  if (value === undefined) return;
  if (typeof value !== 'string') return fail(`exports ${kind} as ${typeof value}, not as a string`);
  if (value.length > nameLengthMax)
    fail(`exports a ${kind} of ${value.length} characters: at most ${nameLengthMax} are allowed`);
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(value) || value.trim() === '')
    fail(`exports ${kind} as ${abbreviated(value)}, which is no text on one line`);
}

function checkArithmetic(
  value: unknown,
  fail: (why: string) => never,
): asserts value is Arithmetic | undefined {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null) fail('exports arithmetic that is no object');
  const { expUlps, logUlps, flushesSubnormals, halves, lossDtype } = value as Record<string, unknown>;
  for (const [name, ulps] of Object.entries({ expUlps, logUlps })) {
    if (ulps === undefined || (typeof ulps === 'number' && ulps >= 0 && Number.isFinite(ulps))) continue;
    fail(`exports arithmetic.${name} as ${abbreviated(ulps)}, not as a finite number of ULPs`);
  }
  if (flushesSubnormals !== undefined && typeof flushesSubnormals !== 'boolean') {
    fail(`exports arithmetic.flushesSubnormals as ${abbreviated(flushesSubnormals)}, not as true or false`);
  }
  if (halves !== undefined && !halfLevels.some((level) => level === halves))
    fail(`exports arithmetic.halves as ${abbreviated(halves)}, not as one of ${halfLevels.join(', ')}`);
  if (lossDtype !== undefined && lossDtype !== 'float32')
    fail(`exports arithmetic.lossDtype as ${abbreviated(lossDtype)}, not as 'float32'`);
}
