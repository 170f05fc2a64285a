/**
 * Where the text of a module defines a kernel that it exports. Reads text: nothing of it is parsed as a
 * program, loaded or run, so it may find nothing where a person would.
 */
import type { KernelName } from '../contract/subject.ts';

export interface KernelSource {
  readonly kernel: KernelName;
  /** The file as it is named to a person. */
  readonly file: string;
  /** 1-based: where its text begins. */
  readonly line: number;
  readonly text: string;
  /** True where more of it is in the file. */
  readonly isCut: boolean;
}

/** What is shown of one kernel. */
const linesMax = 80;
const columnsMax = 200;
/** A comment above it is a part of it, so far. */
const commentMax = 12;

/** Null where no line of the text defines it by its name. */
export function kernelSource(text: string, kernel: KernelName, file: string): KernelSource | null {
  const lines = text.split(/\r\n|\n|\r/);
  const at = lines.findIndex((line) => definitions(kernel).some((pattern) => pattern.test(line)));
  if (at < 0) return null;
  const from = commentBefore(lines, at);
  const to = endOf(lines, at);
  const shown = lines.slice(from, Math.min(to + 1, from + linesMax)).map(harmless);
  return { kernel, file, line: from + 1, text: shown.join('\n'), isCut: to + 1 > from + linesMax };
}

/** The module that this one has the kernel from, relative to it; null where it names none. */
export function exportedFrom(text: string, kernel: KernelName): string | null {
  for (const [, names, path] of text.matchAll(/\bexport\s*\{([^{}]*)\}\s*from\s*['"](\.[^'"]*)['"]/g)) {
    if (names!.split(',').some((name) => new RegExp(`^\\s*${kernel}\\s*$`).test(name))) return path!;
  }
  return null;
}

function definitions(kernel: KernelName): readonly RegExp[] {
  return [
    new RegExp(`^\\s*(?:export\\s+)?(?:async\\s+)?function\\s*${kernel}\\b`),
    new RegExp(`^\\s*(?:export\\s+)?(?:const|let|var)\\s+${kernel}\\b`),
    new RegExp(`^\\s*(?:module\\.)?exports\\.${kernel}\\s*=`),
  ];
}

function commentBefore(lines: readonly string[], at: number): number {
  let from = at;
  while (from > 0 && at - from < commentMax && /^\s*(?:\/\/|\/?\*)/.test(lines[from - 1]!)) from -= 1;
  return from;
}

/** The first line below that closes it, no further in than its first; else the last before another begins. */
function endOf(lines: readonly string[], at: number): number {
  const indent = /^\s*/.exec(lines[at]!)![0].length;
  if (/;\s*$/.test(lines[at]!) || /\{.*\}\s*$/.test(lines[at]!)) return at;
  for (let i = at + 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === '' || /^\s*/.exec(line)![0].length > indent) continue;
    if (!/^\s*[})\]]/.test(line)) return i - 1;
    if (!/[{(,]\s*$/.test(line)) return i;
  }
  return lines.length - 1;
}

/** A line without what would turn it round or end it, tabs as they are. */
function harmless(line: string): string {
  const visible = line
    .slice(0, 2 * columnsMax)
    .replaceAll(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return visible.length > columnsMax ? `${visible.slice(0, columnsMax)}…` : visible;
}
