/** How large the page is that every run writes. */
import { expect, test } from 'vitest';
import { findingSummary } from '../../archive/finding-file.ts';
import { exampleRun } from '../../archive/fixtures/example-run.ts';
import { caseSummary } from '../../case/case-summary.ts';
import { caseToJson } from '../../case/case-json.ts';
import { outputShape } from '../../case/case.ts';
import { exampleFinding } from '../../case/fixtures/example-finding.ts';
import { tensorToJson } from '../../case/tensor-json.ts';
import { operations } from '../../contract/subject.ts';
import { nativeFormats } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { FindingAt } from '../render-json.ts';
import { renderHtml } from './render-html.tsx';

/** A finding on a case as it is drawn, not shrunk: as much as a finding has to tell. */
function findingAt(index: number): FindingAt {
  const c = generateCase({ seed: 5n, index }, { operations, formats: nativeFormats });
  const { operation, direction, format } = c;
  const shape = outputShape(c);
  const numbers = (from: number): Float64Array =>
    Float64Array.from({ length: sizeOf(shape) }, (_, k) => Math.sin(from + index + k));
  const [exact, careful, naive, got] = [0, 1, 2, 3].map((from) =>
    tensorToJson({ shape, data: numbers(from) }, 'float64'),
  );
  const json = caseToJson(c);
  const finding = exampleFinding({
    operation,
    direction,
    format,
    case: caseSummary(c),
    minimal: json,
    original: json,
    signature: `1:${operation}/${direction}/${format}/${index}`,
    element: 0,
    exact: exact!,
    careful: careful!,
    naive: naive!,
    got: got!,
    blame: index % 4 === 0 ? 'tfjs-cpu' : 'subject',
  });
  return { finding, path: `reports/runs/x/findings/softmax-forward-${index}/finding.json` };
}

const script = 'x'.repeat(100_000); // the page's own, which the build bundles, is not as long

test('the page of a thousand findings is at most 1.5 MB, and counts what is left out', () => {
  const findings = Array.from({ length: 1_100 }, (_, index) => findingAt(index));
  const run = exampleRun({ findings: findings.map(({ finding, path }) => findingSummary(finding, path)) });

  const page = renderHtml(run, findings, { script, findingsMax: 1_000 });

  expect(Buffer.byteLength(page)).toBeLessThanOrEqual(1_500_000);
  expect(page).toContain('The last 100 are not in this file');
});
