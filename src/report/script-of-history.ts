/** What a program asks before the case, where that is wrong only after earlier calls. */
import { caseFromJson } from '../case/case-json.ts';
import type { Finding } from '../case/finding.ts';
import { kernelNameOf } from '../contract/subject.ts';
import { UsageError } from '../contract/failure.ts';
import { writtenArguments } from './script-of-subject.ts';

/** So often the calls are made over: what counts calls shows sooner or later. */
const roundsMax = 500;

/** A program has to be read. */
const elementsMax = 4096;

/**
 * The calls as elements of an array, each with its kernel's name; null where the case is wrong alone.
 * @throws UsageError where they hold too much for a program.
 */
export function earlierCalls({ history = [], symptom }: Finding): readonly string[] | null {
  if (history.length === 0 && symptom !== 'depends-on-earlier-calls') return null;
  const cases = history.map((json) => caseFromJson(json));
  const elements = cases.reduce((sum, { logits }) => sum + logits.data.length, 0);
  if (elements > elementsMax) {
    throw new UsageError(
      `the finding depends on earlier calls with ${elements} logits in all, which are too many for a program: replay it ` +
        'without --script and --issue',
    );
  }
  return cases.map((c) => {
    const written = writtenArguments(c).join(', ');
    return `['${kernelNameOf(c.operation, c.direction)}', ${written}],`;
  });
}

/** The lines, in a loop behind the earlier calls until something shows; as they are where there are none. */
export function repeatedly(lines: readonly string[], earlier: readonly string[] | null): readonly string[] {
  if (earlier === null) return lines;
  return [
    '// Wrong only after other calls: these and the call itself are made over and over, until it shows.',
    `for (let round = 0; round < ${roundsMax} && outside === 0; round++) {`,
    ...(earlier.length === 0
      ? []
      : [
          '  const earlier = [',
          ...earlier.map((line) => `    ${line}`),
          '  ];',
          '  for (const [kernel, ...given] of earlier) await (async () => subject[kernel](...given))().catch(() => {});',
        ]),
    ...lines.map((line) => `  ${line}`),
    '}',
  ];
}
