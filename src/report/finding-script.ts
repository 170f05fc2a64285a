/**
 * A program that shows a divergence without logitfuzz:
 * the call with its numbers, and what was due. Pure text.
 */
import { whoIsAllowed } from '../text/deviation.ts';
import { plainText } from '../text/plain-text.ts';
import { outputShape, type Case } from '../case/case.ts';
import { UsageError } from '../contract/failure.ts';
import { blamedName, type Finding } from '../case/finding.ts';
import type { Format } from '../float/format.ts';
import { toMultiIndex } from '../tensor/tensor.ts';
import { numbersLiteral, type CallLines, type ScriptInput } from '../text/script-lines.ts';
import { referenceNamed, referenceNames } from '../../reference/index.ts';
import { subjectLines } from './script-of-subject.ts';

/**
 * An ES module for Node, valid TypeScript too. Every number reads back to the same bits, but for a NaN's
 * payload.
 * @throws UsageError where the finding blames a reference that this version of logitfuzz does not have.
 */
export function findingScript(finding: Finding, matter: ScriptInput): string {
  const { blame, provenance, severity, symptom } = finding;
  const call = blame === 'subject' ? subjectLines(symptom, matter) : referenceLines(finding, matter.case);
  const comments = [
    `${blamedName(finding)} is ${severity}: ${finding.case}`,
    finding.sentence,
    `Printed by logitfuzz ${provenance.tool}, and needs nothing that judges. Exits with 1 where it shows a wrong value.`,
    ...call.comments,
  ];
  return [
    ...comments.map((text) => `// ${plainText(text, 300)}`),
    ...call.imports,
    '',
    ...call.body,
    ...(matter.case.invalid === undefined ? ['', ...comparison(matter, severity)] : []),
  ].join('\n');
}

function referenceLines({ blame, references }: Finding, c: Case): CallLines {
  const reference = referenceNamed(blame);
  if (reference === undefined) {
    throw new UsageError(
      `the finding blames ${JSON.stringify(blame)}, which is no reference here, so that no program can ask it; ` +
        `there are ${referenceNames.join(', ')}`,
    );
  }
  const version = references.find(({ name }) => name === blame)?.version;
  return reference.script(c, version != null && /^[\d.]+$/.test(version) ? version : null);
}

/** What rounds a number to the format, in JavaScript. */
const roundings: Readonly<Record<Format, string>> = { float32: 'Math.fround', float64: 'Number' };

function comparison(
  { case: c, exact, allowed }: ScriptInput,
  severity: Finding['severity'],
): readonly string[] {
  const round = roundings[c.format];
  const shape = outputShape(c);
  const places = Array.from(exact, (_, at) => `'[${toMultiIndex(at, shape).join(', ')}]'`);
  return [
    `// The exact answer, element by element, and the error that ${whoIsAllowed(severity)} is allowed.`,
    `const exact = ${numbersLiteral(exact, 'float64')};`,
    `const allowed = ${numbersLiteral(allowed, 'float64')};`,
    `const at = [${places.join(', ')}];`,
    '',
    'let outside = 0;',
    'for (let i = 0; i < exact.length; i++) {',
    `  const [low, high] = [${round}(exact[i] - allowed[i]), ${round}(exact[i] + allowed[i])];`,
    '  const isRight = Number.isNaN(exact[i]) ? Number.isNaN(got[i]) : got[i] >= low && got[i] <= high;',
    '  if (isRight) continue;',
    '  outside++;',
    '  console.log(`at ${at[i]}: got ${got[i]}, exact ${exact[i]}, allowed ± ${allowed[i]}`);',
    '}',
    'console.log(`${outside} of ${exact.length} values are outside of what is allowed`);',
    'process.exitCode = outside === 0 ? 0 : 1;',
  ];
}
