/**
 * `npm run set-repository -- OWNER/NAME`: writes where the project lives on GitHub into package.json, and
 * makes the relative links of README.md absolute, for those who read it elsewhere. Done again it takes the
 * other name.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';

interface Manifest {
  readonly homepage?: string;
  readonly license: string;
}

const [name = '', ...others] = process.argv.slice(2);
// What GitHub allows: an owner of letters, digits and single hyphens; a name of these, dots and underscores.
const isName =
  /^(?=[^/]{1,39}\/)[a-z\d]+(-[a-z\d]+)*\/(?!\.{1,2}$)[\w.-]{1,100}$/i.test(name) && !name.endsWith('.git');
if (isName && others.length === 0) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const before = manifest.homepage?.replace(/#readme$/, '');
  const address = `https://github.com/${name}`;
  writeFileSync('package.json', `${JSON.stringify(withAddress(manifest, address), null, 2)}\n`);
  writeFileSync('README.md', withLinks(readFileSync('README.md', 'utf8'), { before, address }));
} else {
  const given = JSON.stringify([name, ...others].join(' '));
  console.error(`set-repository: ${given} is no repository on GitHub: npm run set-repository -- OWNER/NAME`);
  process.exitCode = 2;
}

/** Before the license, where npm's own manifests have them. */
function withAddress(manifest: Manifest, address: string): object {
  const places = {
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: 'git', url: `git+${address}.git` },
  };
  const entries = Object.entries(manifest).filter(([key]) => !(key in places));
  const at = entries.findIndex(([key]) => key === 'license');
  return Object.fromEntries([...entries.slice(0, at), ...Object.entries(places), ...entries.slice(at)]);
}

/** A link into the repository of before is relative again first; one to a heading or to elsewhere stays. */
function withLinks(
  text: string,
  { before, address }: { readonly before: string | undefined; readonly address: string },
): string {
  return text.replaceAll(/\]\(([^)\s]+)\)/g, (link, target: string) => {
    const known = before === undefined ? [] : ['blob', 'tree'].map((kind) => `${before}/${kind}/main/`);
    const prefix = known.find((start) => target.startsWith(start)) ?? '';
    const path = target.slice(prefix.length);
    if (/^([a-z][a-z\d+.-]*:|#|\/)/i.test(path)) return link;
    const isFolder = statSync(path.replace(/#.*/, ''), { throwIfNoEntry: false })?.isDirectory() ?? false;
    return `](${address}/${isFolder ? 'tree' : 'blob'}/main/${path})`;
  });
}
