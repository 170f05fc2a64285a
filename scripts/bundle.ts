/**
 * A step of `npm run build`: what the command loads, in a few files. Node opens, reads and compiles each
 * module by itself, which for the hundreds that a campaign is made of takes longer than a worker takes for
 * its first thousand cases. The entries stand in dist where tsc has put their modules; what they share is
 * beside them in dist/src/bundle, on the same level, so that `new URL('../folder/file.js', import.meta.url)`
 * leads to dist/src/folder/file.js from there, too.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { rolldown, type ModuleInfo, type OutputChunk } from 'rolldown';

/** What is run. */
const programs: readonly string[] = [
  'src/cli/main',
  'src/worker/worker',
  'src/worker/guard',
  'src/bench/bench-worker',
  'src/bench/find/find-worker',
  'src/score/score-worker',
];
/** What package.json exports. */
const exported: readonly string[] = [
  'src/index',
  'src/kernels/index',
  'src/kernels/textbook/index',
  'src/connect/onnx/index',
  'src/connect/wasm/index',
  'src/vitest-kit/index',
];
const folder = 'src/bundle';
/** Packages of so many small modules that each of them costs a tenth of a second to load. */
const bundled =
  /[\\/]node_modules[\\/](?:zod|yargs|yargs-parser|y18n|cliui|escalade|get-caller-file|string-width|strip-ansi|wrap-ansi|ansi-styles|ansi-regex|emoji-regex|get-east-asian-width|pure-rand)[\\/]/;

/** What who uses the kernels alone loads, and no more. */
const kernels = ['src/kernels/index.ts', 'src/kernels/textbook/index.ts'];
/** What loads what: a process begins with what it needs at once, in as few files as that takes. */
const main = ['src/cli/main.ts'];
const guard = ['src/worker/guard.ts'];
const early = ['src/cli/early-worker.ts'];
/** By itself, so that it can tell of what fails while all else is loaded. */
const crash = ['src/cli/crash.ts'];
const campaign = ['terminal', 'cli', 'fuzz-command', 'gate-command'].map((name) => `src/cli/${name}.ts`);
const worker = ['src/worker/serve.ts', 'src/subjects/load-subject.ts'];
/** What a campaign needs in its course and at its end. */
const later = ['src/campaign/recover.ts', 'src/campaign/confirm-result.ts', 'src/cli/conclude-campaign.ts'];

type Lookup = (id: string) => ModuleInfo | null;
const closures = new Map<readonly string[], ReadonlySet<string>>();

/** All that these modules import, not counting what they import later. */
function closureOf(roots: readonly string[], infoOf: Lookup): ReadonlySet<string> {
  const known = closures.get(roots);
  if (known !== undefined) return known;
  const reached = new Set<string>();
  const due = roots.map((root) => resolve(root));
  for (let id = due.pop(); id !== undefined; id = due.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    due.push(...(infoOf(id)?.importedIds ?? []));
  }
  closures.set(roots, reached);
  return reached;
}

function ownOf(entries: readonly string[]): ReadonlySet<string> {
  return new Set(entries.map((entry) => resolve(`${entry}.ts`)));
}

/** The chunk that a module is in, by who needs it at once; null where nobody does. */
function chunkOf(id: string, infoOf: Lookup): string | null {
  if (ownOf(programs).has(id)) return null; // it would run with the chunk, whoever loads that
  const isOf = (roots: readonly string[]): boolean => closureOf(roots, infoOf).has(id);
  if (isOf(main)) return 'main';
  if (isOf(crash)) return 'crash';
  if (isOf(kernels)) return 'kernels';
  if (isOf(guard)) return 'guard';
  if (isOf(early)) return 'early';
  if (isOf(campaign)) return isOf(worker) ? 'common' : 'campaign';
  if (isOf(worker)) return isOf(later) ? 'worker-and-later' : 'worker';
  return isOf(later) ? 'later' : null;
}

const bundle = await rolldown({
  input: Object.fromEntries([...programs, ...exported].map((entry) => [entry, `${entry}.ts`])),
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  plugins: [
    {
      name: 'packages-stay-outside',
      async resolveId(specifier, importer) {
        if (importer === undefined || /^(?:\.|\/|[A-Za-z]:|node:)/.test(specifier)) return null;
        const resolved = await this.resolve(specifier, importer, { skipSelf: true });
        if (resolved !== null && bundled.test(resolved.id)) return null;
        return { id: specifier, external: true };
      },
    },
  ],
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  comments: { legal: true, annotation: true, jsdoc: false },
  chunkFileNames: `${folder}/[name]-[hash].js`,
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      {
        name: (id, graph) => chunkOf(id, (other) => graph.getModuleInfo(other)),
        debugName: 'by what loads it',
      },
    ],
  },
});
for (const name of readdirSync(join('dist', folder)))
  if (name.endsWith('.js') && !output.some(({ fileName }) => fileName === `${folder}/${name}`))
    rmSync(join('dist', folder, name)); // of a build before
const chunks = output.filter((part): part is OutputChunk => part.type === 'chunk');
checkAddresses(chunks);
writeFileSync(join('dist', folder, 'LICENSES.txt'), licensesOf(chunks));
console.log(`${chunks.length} files, ${chunks.reduce((sum, { code }) => sum + code.length, 0)} characters`);

/** The licenses of the packages that are in the bundle, which ask to go with it. */
function licensesOf(all: readonly OutputChunk[]): string {
  const folders = all.flatMap(({ moduleIds }) =>
    moduleIds.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []),
  );
  const texts = [...new Set(folders)].toSorted().map((path) => {
    const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${path} has no license`);
    return `${basename(path)}\n\n${readFileSync(join(path, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** @throws Error where a module of the bundle names a file from its own folder, which a chunk is not in. */
function checkAddresses(all: readonly OutputChunk[]): void {
  for (const { code, fileName } of all) {
    const wrong = /new URL\(\s*['"`]\.\/[^)]*import\.meta\.url/.exec(code);
    if (wrong !== null) throw new Error(`${fileName}: ${wrong[0]} has to be named from the folder above`);
  }
}
