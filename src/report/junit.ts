/**
 * A run as JUnit XML: one test case for each operation and direction, of the subject and of the references;
 * its failures are causes. Pure.
 */
import xmlbuilder from 'xmlbuilder';
import { growthText, standingOf } from '../text/growth-text.ts';
import { plainText } from '../text/plain-text.ts';
import type { ListedFinding, RunRecord, VerdictCounts } from '../archive/run-record.ts';
import { kernelTable } from '../contract/subject.ts';
import { missingSentence } from './drawn-text.ts';
import { leftOutText } from './left-out-text.ts';
import { commandOf, replayLines } from './replay-lines.ts';
import { casesOf, kindsText, toldCauses, whereLines, type ToldCause } from './told-causes.ts';

interface TestCase {
  readonly name: string;
  readonly skipped: string | null;
  readonly failures: readonly Failure[];
  /** What is known, and what does not fail the run. */
  readonly notes: readonly string[];
}

interface Failure {
  readonly type: string;
  readonly message: string;
  readonly text: string;
}

export function renderJunit(run: RunRecord): string {
  const suites = [
    { name: plainText(`${run.subject.name}@${run.subject.version}`, 100), cases: casesOfSubject(run) },
    { name: 'references', cases: casesOfReferences(run) },
  ];
  const root = xmlbuilder.create('testsuites', {
    encoding: 'UTF-8',
    invalidCharReplacement: '\uFFFD',
  });
  const total = totalsOf(suites.flatMap(({ cases }) => cases));
  root.att({ name: 'logitfuzz', tests: total.tests, failures: total.failures, errors: 0 });
  for (const { name, cases } of suites) {
    const suite = root.ele('testsuite', {
      name,
      ...totalsOf(cases),
      errors: 0,
      time: name === 'references' ? '0.000' : run.seconds.toFixed(3),
      timestamp: run.startedAt.replace(/\.\d+Z$/, ''),
    });
    const properties = suite.ele('properties');
    for (const [key, value] of Object.entries(propertiesOf(run)))
      properties.ele('property', { name: key, value });
    for (const test of cases) addCase(suite, { suite: name, test });
  }
  return `${root.end({ pretty: true })}\n`;
}

function totalsOf(cases: readonly TestCase[]): { tests: number; failures: number; skipped: number } {
  return {
    tests: cases.length,
    failures: cases.filter(({ failures }) => failures.length > 0).length,
    skipped: cases.filter(({ skipped }) => skipped !== null).length,
  };
}

function propertiesOf(run: RunRecord): Readonly<Record<string, string>> {
  const { seed, cases, exitCode, tool, command, run: folder } = run;
  return { command, run: folder, seed, cases: String(cases), exitCode: String(exitCode), tool };
}

function addCase(parent: xmlbuilder.XMLElement, { suite, test }: { suite: string; test: TestCase }): void {
  const { name, skipped, failures, notes } = test;
  const element = parent.ele('testcase', { classname: `logitfuzz.${suite}`, name });
  if (skipped !== null) element.ele('skipped', skipped);
  for (const { type, message, text } of failures) element.ele('failure', { type, message }, text);
  if (notes.length > 0) element.ele('system-out', notes.join('\n'));
}

function casesOfSubject(run: RunRecord): readonly TestCase[] {
  const own = run.findings.filter(({ blame }) => blame === 'subject');
  const kernels = kernelTable.map(({ operation, direction, kernel }) => {
    const verdicts = run.byKernel[`${operation}/${direction}/${run.subject.name}`];
    const missing = run.missingKernels?.find((other) => other.kernel === kernel);
    const name = `${operation}/${direction}`;
    if (missing !== undefined) return missingCase(name, missingSentence(missing));
    return caseOf(run, { kernel: name, findings: own, skipped: whySkipped(verdicts) });
  });
  return [...kernels, wholeRun(run)];
}

function missingCase(name: string, sentence: string): TestCase {
  return {
    name,
    skipped: null,
    failures: [{ type: 'missing', message: sentence, text: sentence }],
    notes: [],
  };
}

function casesOfReferences(run: RunRecord): readonly TestCase[] {
  const theirs = run.findings.filter(({ blame }) => blame !== 'subject');
  return kernelTable.map(({ operation, direction }) =>
    caseOf(run, { kernel: `${operation}/${direction}`, findings: theirs, skipped: null }),
  );
}

function whySkipped(verdicts: VerdictCounts | undefined): string | null {
  if (verdicts === undefined) return 'no case of it in this run';
  const { agree, diverge, inconclusive, skip } = verdicts;
  return agree + diverge + inconclusive === 0 ? `declined: ${skip} cases` : null;
}

/** A cause that shows in several kernels fails each of them, by what it does there. */
function caseOf(
  run: RunRecord,
  {
    kernel,
    findings,
    skipped,
  }: {
    kernel: string;
    findings: readonly ListedFinding[];
    skipped: string | null;
  },
): TestCase {
  const own = toldCauses(
    run,
    findings.filter(({ operation, direction }) => `${operation}/${direction}` === kernel),
  );
  const failing = own.filter(({ finding }) => finding.fails);
  return {
    name: kernel,
    skipped: failing.length > 0 ? null : skipped,
    failures: failing.map(failureOf),
    notes: own.filter((cause) => !failing.includes(cause)).map(noteOf),
  };
}

const kindsMax = 600;

function failureOf(told: ToldCause): Failure {
  const { finding, cause } = told;
  const { severity, symptom, implementation, deviation, sentence, signature, worst } = finding;
  const kinds = kindsText(told, kindsMax);
  const message = `${plainText(implementation, 60)}: ${plainText(finding.case, 120)}: ${plainText(deviation, 120)}`;
  const text = [
    plainText(sentence, 1_000),
    ...(worst === undefined ? [] : [plainText(worst, 1_000)]),
    ...(finding.growth === undefined ? [] : [growthText(finding)]),
    ...whereLines(cause),
    `${casesOf(told)} cases; signature ${plainText(signature, 500)}`,
    ...(kinds === null ? [] : [kinds]),
    ...replayLines(finding),
  ];
  return { type: `${severity} ${symptom}`, message, text: text.join('\n') };
}

function noteOf({ finding }: ToldCause): string {
  const { implementation, case: summary, deviation } = finding;
  const grown = finding.growth === undefined ? '' : ` (${growthText(finding)})`;
  return `${standingOf(finding)}: ${plainText(implementation, 60)}: ${plainText(summary, 120)}: ${plainText(deviation, 120)}${grown}: ${commandOf(finding)}`;
}

const endings: Readonly<Record<number, string>> = {
  3: 'a reference failed whatever it was asked',
  4: 'too few cases were judged',
  130: 'interrupted by SIGINT',
  143: 'interrupted by SIGTERM',
};

/** What fails a run beside its findings. */
function wholeRun(run: RunRecord): TestCase {
  const { exitCode, strict, baseline, cases, verdicts } = run;
  const failures: Failure[] = [];
  const ending = endings[exitCode];
  if (ending !== undefined) {
    const text = `${cases - verdicts.skip} of ${cases} cases were judged; exit code ${exitCode}`;
    failures.push({ type: 'run', message: ending, text });
  }
  const fixed = baseline?.fixed ?? [];
  const left = leftOutText(run);
  const notes = fixed.map((signature) => `fixed: ${plainText(signature, 500)}`);
  if (left !== null) notes.push(left);
  if (left !== null && run.leftOut!.failing > 0)
    failures.push({ type: 'left out', message: left, text: left });
  if (strict && fixed.length > 0) {
    const message = `${fixed.length} entries of the baseline no longer occur`;
    failures.push({ type: 'stale', message, text: notes.join('\n') });
  }
  return { name: 'the whole run', skipped: null, failures, notes };
}
