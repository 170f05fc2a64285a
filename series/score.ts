/**
 * Writes docs/score.md but for the time to find (find.ts): the whole score by the built command, about half
 * an hour of one core.
 * Exits as the command does.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { loadScore } from '../src/archive/score-record.ts';
import { renderScoreMarkdown } from '../src/report/render-score-markdown.ts';
import { isMain, mainPath, rewriteDocument, temporaryFolder } from './run.ts';
import { sectionIn, withSection } from './score-sections.ts';

export function writeScore(args: readonly string[]): number {
  const folder = temporaryFolder();
  try {
    const { status } = spawnSync(process.execPath, [mainPath, 'score', '--out', folder.path, ...args], {
      stdio: 'inherit',
    });
    if (status !== 0 && status !== 1) return status ?? 70; // EX_SOFTWARE
    const score = renderScoreMarkdown(loadScore(join(folder.path, 'score')));
    rewriteDocument('score.md', (text) => withSection(score, sectionIn(text)));
    return status;
  } finally {
    folder.remove();
  }
}

if (isMain(import.meta.url)) process.exitCode = writeScore(process.argv.slice(2));
