/** Who was asked, in words: version, what computes below, and what was not asked since conventions differ. */
import type { ReferenceRecord, SubjectRecord } from '../case/finding.ts';

type Asked = Pick<SubjectRecord, 'engine' | 'conventions'>;

/** `4.22.0, WebAssembly with SIMD`; `not there: …` */
export function referenceText({ version, engine, available, reason, ...rest }: ReferenceRecord): string {
  if (!available) return `not there: ${reason ?? 'unknown'}`;
  return [version ?? '', ...wordsOf({ ...rest, ...(engine === null ? {} : { engine }) })].join(', ');
}

/** `my-kernels 1.0.0, NumPy 2.4.6, Python 3.11.7` */
export function subjectText({ name, version, ...rest }: SubjectRecord): string {
  return [`${name} ${version}`, ...wordsOf(rest)].join(', ');
}

/** What is said of a subject beyond its name; '' of a module of this process. */
export function askedText(asked: Asked): string {
  return wordsOf(asked).join(', ');
}

function wordsOf({ engine, conventions }: Asked): readonly string[] {
  return [
    ...(engine === undefined ? [] : [engine]),
    ...(conventions === undefined ? [] : [`not asked, by its conventions: ${conventions}`]),
  ];
}
