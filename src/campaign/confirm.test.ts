/** What becomes of findings that a fresh process is asked again, by subjects that are a few lines each. */
import { describe, expect, test } from 'vitest';
import { caseToJson, type CaseJson } from '../case/case-json.ts';
import type { Finding } from '../case/finding.ts';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import { signatureOf, signatureText } from '../case/signature.ts';
import type { Symptom } from '../case/verdict.ts';
import { normalMode } from '../examine/range.ts';
import { caseAt } from './case-at.ts';
import { confirmFindings, type Confirmed, type FreshDeath } from './confirm.ts';
import type { FreshAnswer, FreshProcess, Question } from './fresh-process.ts';
import type { CampaignPlan } from './plan.ts';

const plan = {
  seed: '5',
  operations: ['softmax'],
  formats: ['float32'],
  runs: 12_000,
  corpus: [],
  shard: { number: 1, of: 1 },
  maximize: false,
} as unknown as CampaignPlan;

/** A finding of the subject at an index; its case has the name among its regimes. */
function findingAt(index: number, symptom: Symptom = 'nan'): Finding {
  const isDeath = symptom === 'crashed';
  const divergence = { oracle: isDeath ? 'conduct' : 'exact', severity: 'wrong', symptom } as const;
  const minimal: CaseJson = { ...exampleFinding().minimal, regimes: [`case ${index}`], checks: [] };
  const signature = `${signatureText(signatureOf(exampleCase, { blame: 'subject', divergence }))}#${index}`;
  return exampleFinding({ ...divergence, blame: 'subject', signature, index, minimal, original: minimal });
}

type Call = string;
const callOf = (one: CaseJson | number): Call => (typeof one === 'number' ? `case ${one}` : one.regimes[0]!);

/** Whether a call diverges, and after which calls of its process; or it ends the process. */
type Subject = (call: Call, before: readonly Call[]) => boolean | 'dies';

function processOf(subject: Subject, { startsMax = 100 } = {}): FreshProcess & { starts(): number } {
  let calls: Call[] | null = null;
  let starts = 0;
  const isSpent = (): boolean => calls === null && starts >= startsMax;
  /** A case that is to be repeated makes a call more, which is not judged here. */
  const made = (one: CaseJson | number): boolean | 'dies' => {
    const call = callOf(one);
    const outcome = subject(call, calls!);
    calls!.push(call);
    if (typeof one !== 'number' && one.checks.includes('repeat')) calls!.push(call);
    return outcome;
  };
  const dead = {
    kind: 'died',
    at: null,
    chainCase: null,
    cause: 'call',
    signal: null,
    outcome: { kind: 'crashed', detail: 'it crashed' },
  } as const;

  const ask = ({ finding, which, asksMax, between, preceded }: Question): FreshAnswer => {
    if (isSpent()) return { kind: 'unasked' };
    if (calls === null) [calls, starts] = [[], starts + 1];
    const before = Array.from({ length: preceded.rounds }, () => preceded.before).flat();
    for (const one of before) if (made(one) === 'dies') return die();
    for (let at = 1; at <= asksMax; at++) {
      const outcome = made(finding[which]);
      if (outcome === 'dies') return die();
      if (outcome) return { kind: 'asked-again', at, finding };
      if (between !== undefined) made(between);
    }
    return { kind: 'asked-again', at: null, finding: null };
  };
  const die = (): FreshAnswer => {
    calls = null;
    return dead;
  };
  return {
    ask: (question) => Promise.resolve(ask(question)),
    digest(indices) {
      if (calls === null) [calls, starts] = [[], starts + 1];
      return Promise.resolve(indices.map((index) => made(index)).join());
    },
    diagnose: () => Promise.resolve(null),
    renew: () => void (calls = null),
    isSpent,
    stop: () => undefined,
    starts: () => starts,
  };
}

async function confirm(
  findings: readonly Finding[],
  process: FreshProcess,
): Promise<{ now: readonly Finding[]; searched: number[]; deaths: FreshDeath[] }> {
  const searched: number[] = [];
  const deaths: FreshDeath[] = [];
  const asked = [{ from: 0, to: 100, step: 1, mode: normalMode }];
  const before = new Map(findings.map(({ signature, index }) => [signature, [{ ...asked[0]!, to: index! }]]));
  const confirmed: readonly Confirmed[] = await confirmFindings({ plan, before }, findings, {
    process,
    onSearch: (count) => void searched.push(count),
    onDeath: (death) => void deaths.push(death),
  });
  return { now: confirmed.map(({ now }) => now), searched, deaths };
}

const case40 = caseToJson(caseAt(plan, 40));
const calledOf = ({ history = [] }: Finding): readonly Call[] => history.map(callOf);

describe('a subject without state', () => {
  test('each finding comes again alone, all in one process, and stays what it is', async () => {
    const process = processOf(() => true);
    const findings = [findingAt(90), findingAt(7), findingAt(30)];

    const { now, searched } = await confirm(findings, process);

    expect(now).toEqual(findings.map((finding) => ({ ...finding, confirmed: 'alone' })));
    expect([process.starts(), searched]).toEqual([1, []]);
  });
});

describe('a subject that a call spoils for good', () => {
  const spoilt: Subject = (call, before) =>
    call === 'case 90' || before.includes('case 40') || before.includes('case 90');

  test('what needs that call has it in its history; what does not stays what it is, whoever came first', async () => {
    const process = processOf(spoilt);

    const { now, searched } = await confirm([findingAt(90), findingAt(60), findingAt(70)], process);

    expect(now.map(({ confirmed }) => confirmed)).toEqual(['alone', 'after-history', 'after-history']);
    expect(now[1]!.history).toEqual([case40]);
    expect(now[2]!.history).toEqual([findingAt(70).minimal, case40]); // it was asked alone first, in that process
    expect(searched).toEqual([3]);
  });

  test('it is a conduct finding of another signature, wrong, which names the one that was seen', async () => {
    const seen = findingAt(60);

    const { now } = await confirm([{ ...seen, severity: 'inaccurate' }], processOf(spoilt));

    expect(now[0]).toMatchObject({
      oracle: 'conduct',
      alsoBy: ['exact', 'differential'],
      severity: 'wrong',
      symptom: 'depends-on-earlier-calls',
      signature: '2:softmax/forward/any/subject/conduct/wrong/depends-on-earlier-calls/finite/default/inner',
      seenAs: seen.signature,
      sentence: `only after earlier calls: ${seen.sentence}`,
      allowed: null,
    });
  });
});

test('what depends on the number of calls is asked so often: its history is itself, many times over', async () => {
  const process = processOf((_, before) => before.length % 1_000 === 999);

  const { now } = await confirm([findingAt(50)], process);

  expect(now[0]).toMatchObject({ confirmed: 'after-history', rounds: 999 });
  expect(calledOf(now[0]!)).toEqual(['case 50']);
  expect(process.starts()).toBe(3);
});

test('what no case of two calls ever meets is met with one call more between', async () => {
  // each judged call has an even number of calls before it
  const process = processOf((_, before) => before.length % 100 === 51);
  const finding = findingAt(12);
  const minimal: CaseJson = { ...finding.minimal, checks: ['repeat'] };
  const { now } = await confirm([{ ...finding, minimal, original: minimal }], process);

  // rounds of three calls: 51 calls are 17 of them
  expect(now[0]).toMatchObject({
    confirmed: 'after-history',
    history: [minimal, { ...minimal, checks: [] }],
    rounds: 17,
  });
});

test('a control that is answered otherwise at the end makes each finding be asked in a process of its own', async () => {
  const warm: Subject = (_, before) => before.length >= 8;
  const findings = [...Array(12).keys()].map((i) => findingAt(20 + i));

  const { now } = await confirm(findings, processOf(warm));

  expect(new Set(now.map(({ confirmed }) => confirmed))).toEqual(new Set(['after-history']));
  expect(now[0]).toMatchObject({ rounds: 8 });
});

test('what needs more than a finding keeps says that it does', async () => {
  const process = processOf((call, before) => call === 'case 90' && new Set(before).size >= 80);

  const { now } = await confirm([findingAt(90)], process);

  expect(now[0]).toMatchObject({ confirmed: 'after-more', symptom: 'depends-on-earlier-calls' });
  expect(now[0]!.history).toBeUndefined();
});

describe('what nothing brings back', () => {
  test('was seen once, is wrong and not repeatable, and says what was tried', async () => {
    const { now } = await confirm(
      [findingAt(90)],
      processOf(() => false),
    );

    expect(now[0]).toMatchObject({ confirmed: 'never', severity: 'wrong', symptom: 'not-repeatable' });
    expect(now[0]!.sentence).toMatch(
      /^seen once, and not again in a fresh process, neither alone nor after the 90 cases before it: /,
    );
  });

  test('a second time at another place is chance', async () => {
    let calls = 0;
    const process = processOf(() => ++calls === 37);

    const { now } = await confirm([findingAt(90)], process);

    expect(now[0]).toMatchObject({ confirmed: 'never', symptom: 'not-repeatable' });
    expect(process.starts()).toBe(3);
  });
});

describe('what ends the process', () => {
  const dies: Subject = (call, before) =>
    call === 'case 7' || (call === 'case 60' && before.includes('case 40')) ? 'dies' : false;

  test('a crash that comes again stays a crash; one that needs earlier calls, too, with its history', async () => {
    const { now } = await confirm([findingAt(7, 'crashed'), findingAt(60, 'crashed')], processOf(dies));

    expect(now.map(({ symptom }) => symptom)).toEqual(['crashed', 'crashed']);
    expect(now.map(({ confirmed }) => confirmed)).toEqual(['alone', 'after-history']);
    expect(now[1]!.history).toEqual([case40]);
    expect(now[1]!.sentence).toMatch(/^only after earlier calls: /);
  });

  test('where the finding was no crash, that is told of by itself', async () => {
    const { deaths } = await confirm([findingAt(7)], processOf(dies));

    expect(deaths).toEqual([{ finding: findingAt(7), outcome: { kind: 'crashed', detail: 'it crashed' } }]);
  });
});

test('what the bound on processes leaves unasked stays as it was seen, and says so', async () => {
  const process = processOf(() => false, { startsMax: 1 });
  const finding: Finding = { ...findingAt(90), confirmed: 'not-asked' };

  const { now } = await confirm([finding], process);

  expect(now).toEqual([finding]);
});
