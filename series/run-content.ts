/** What two runs of one campaign have in common, however it was cut: for series that compare them. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

export type Json = Readonly<Record<string, unknown>>;

/** Fields of run.json that say when, where and by whom it was judged. */
const own = [
  'command',
  'run',
  'startedAt',
  'seconds',
  'casesPerSecond',
  'workers',
  'machines',
  'parts',
  'completeness',
];

/** What run.json holds beside those, without the path of its folder; each finding.json by its signature. */
export function contentOf(cwd: string, run: string): Json {
  const record = JSON.parse(readFileSync(join(cwd, run, 'run.json'), 'utf8')) as Json & {
    readonly findings: readonly { readonly signature: string; readonly path: string }[];
    readonly causes?: readonly { readonly finding: string }[];
  };
  const rest = Object.entries(record).filter(([name]) => !own.includes(name));
  const findings = record.findings.map(({ signature, path }) => [
    signature,
    JSON.parse(readFileSync(join(cwd, path), 'utf8')) as Json,
  ]);
  const causes = record.causes?.map((cause) => ({ ...cause, finding: relative(run, cause.finding) }));
  return { ...Object.fromEntries(rest), causes, findings: Object.fromEntries(findings) as Json };
}

/** The names of fields, and the signatures of findings, that are not alike. */
export function differences(whole: Json, other: Json): readonly string[] {
  const names = (a: Json, b: Json): string[] =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
      (name) => !isDeepStrictEqual(a[name], b[name]),
    );
  return names(whole, other).flatMap((name) =>
    name === 'findings' ? names(whole[name] as Json, other[name] as Json) : [name],
  );
}
