/** A command line as its words: blanks part them, quotes keep them together. Nothing else of a shell. */
import { UsageError } from '../contract/failure.ts';

/** @throws UsageError for no word, or a quote that is not closed. */
export function wordsOf(text: string): readonly [string, ...string[]] {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s'"]|'[^']*'|"[^"]*")+)/y;
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    words.push(match[1]!.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
    end = pattern.lastIndex;
  }
  if (text.slice(end).trim() !== '')
    throw new UsageError(`the command ${JSON.stringify(text)} has a quote that is not closed`);
  const [first, ...rest] = words;
  if (first === undefined) throw new UsageError('cmd: needs a command behind it: cmd:./my-kit');
  return [first, ...rest];
}
