/** JUnit XML, held to Jenkins' schema by xmllint. */
// @module-tag processes
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { kernelTable } from '../contract/subject.ts';
import { hostileRun, summaryOf } from './fixtures/hostile-run.ts';
import { renderJunit } from './junit.ts';

const schema = readFileSync(fileURLToPath(new URL('fixtures/jenkins-junit.xsd', import.meta.url)), 'utf8');

async function faultsOf(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema: [schema] });
  return errors.map(({ message }) => message);
}

const count = (xml: string, element: string): number => xml.split(`<${element}`).length - 1;

test('xmllint finds nothing wrong, whatever a subject is called and says', async () => {
  expect(await faultsOf(renderJunit(exampleRun()))).toEqual([]);
  expect(await faultsOf(renderJunit(hostileRun()))).toEqual([]);
  expect(await faultsOf(renderJunit(hostileRun({ strict: true, exitCode: 4 })))).toEqual([]);
});

test('and does where a test case has no name: the check would see it', async () => {
  const broken = renderJunit(exampleRun()).replace(' name="softmax/forward"', '');

  expect(await faultsOf(broken)).toEqual([expect.stringContaining("'name' is required")]);
});

test('there is a test case for each operation and direction, of the subject and of the references, and one for the whole', () => {
  expect(count(renderJunit(exampleRun()), 'testcase ')).toBe(2 * kernelTable.length + 1);
});

test('what fails the run fails a test, with its replay command; what is known, or not the subject’s, does not', () => {
  const own = { blame: 'subject', signature: '1:a' } as const;
  const findings = [summaryOf(own), summaryOf({ ...own, signature: '1:b', known: true }), summaryOf()];

  const xml = renderJunit(exampleRun({ findings, exitCode: 1 }));

  expect(count(xml, 'failure ')).toBe(1);
  expect(xml).toContain(
    '<failure type="wrong ulps" message="from-scratch@0.1.0: softmax/float32 [2, 1] axis 0',
  );
  expect(xml).toContain('npx logitfuzz replay reports/runs/x/findings/y/finding.json');
  expect(xml).toContain('known: from-scratch@0.1.0');
});

test('the gate’s --strict fails by references and by stale entries, too, and an exit of 4 by the whole run', () => {
  const findings = [summaryOf()];
  const gate = { command: 'gate', findings, baseline: { path: 'b.json', entries: 1, fixed: ['1:x'] } };

  expect(count(renderJunit(exampleRun(gate)), 'failure ')).toBe(0);
  expect(count(renderJunit(exampleRun({ ...gate, strict: true })), 'failure ')).toBe(2);
  expect(renderJunit(exampleRun({ exitCode: 4 }))).toContain('too few cases were judged');
});

test('what has grown fails a test by how much it did, and is told where it does not fail', () => {
  const own = { blame: 'subject', known: true, ratio: 2000 } as const;
  const growth = { severity: 'wrong', ratio: 3.25, sameCases: true } as const;
  const findings = [
    summaryOf({ ...own, signature: '1:a', growth }),
    summaryOf({ ...own, signature: '1:b', growth: { ...growth, sameCases: false } }),
  ];

  const xml = renderJunit(exampleRun({ findings, exitCode: 1 }));

  expect(count(xml, 'failure ')).toBe(1);
  expect(xml).toContain('3.25 times what is allowed when it was listed, 2000 times what is allowed now\n');
  expect(xml).toMatch(/grown: from-scratch.* now, in other cases\)/);
});

test('a kernel that took no case is skipped, with the reason', () => {
  const byKernel = { 'softmax/forward/from-scratch': { agree: 0, diverge: 0, inconclusive: 0, skip: 5 } };

  const xml = renderJunit(exampleRun({ byKernel }));

  expect(xml).toContain('<skipped>declined: 5 cases</skipped>');
  expect(xml).toContain('<skipped>no case of it in this run</skipped>');
});
