/** A program that shows a divergence without logitfuzz: the call with its numbers, and what was due. Pure text. */
import { plainText } from '../text/plain-text.ts';
import { outputShape } from '../case/case.ts';
import { blamedName, type Finding } from '../case/finding.ts';
import type { Format } from '../float/format.ts';
import { toMultiIndex } from '../tensor/tensor.ts';
import { numbersLiteral, type ScriptInput } from '../text/script-lines.ts';
import { referenceLines } from './script-of-reference.ts';
import { subjectLines } from './script-of-subject.ts';

/** An ES module for Node, valid TypeScript too. Every number reads back to the same bits, but for a NaN's payload. */
export function findingScript(finding: Finding, matter: ScriptInput): string {
  const { blame, provenance, severity, symptom } = finding;
  const call =
    blame === 'subject' ? subjectLines(symptom, matter) : referenceLines(blame, finding, matter.case);
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
    '',
    ...comparison(matter, severity),
  ].join('\n');
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
    `// The exact answer, element by element, and the error that ${severity === 'wrong' ? 'any sound' : 'a careful'} algorithm is allowed.`,
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
