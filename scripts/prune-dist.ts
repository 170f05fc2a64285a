/** A step of `npm run build`: removes from dist what no source makes any more. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const { fileNames } = JSON.parse(readFileSync('dist/tsconfig.tsbuildinfo', 'utf8')) as {
  readonly fileNames: readonly string[];
};
/** The sources are named from dist; what runs in a browser is bundled by the next steps. */
const made = new Set(
  fileNames.map((source) => join('dist', source.replace(/^\.\.\//, '').replace(/\.tsx?$/, ''))),
);
for (const bundle of [
  'src/report/html/page',
  'src/connect/browser/page-bundle',
  'reference/tfjs/page-bundle',
])
  made.add(join('dist', bundle));

for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const path = join('dist', name);
  if (path.startsWith(join('dist', 'src', 'bundle'))) continue; // which prunes itself
  if (path.endsWith('.js') && !made.has(path.slice(0, -'.js'.length)))
    for (const ending of ['.js', '.d.ts']) rmSync(path.replace(/\.js$/, ending), { force: true });
}
