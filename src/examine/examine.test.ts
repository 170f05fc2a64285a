import { expect, test } from 'vitest';
import { caseFromJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { smallCase } from '../../reference/ledger/small-case.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as kernels from '../kernels/index.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { findingContextOf } from './build-finding.ts';
import { emptyBatch, examineCase, type Batch } from './examine.ts';
import type { Examiner } from './examiner.ts';
import { TimeIsUp } from './time-is-up.ts';

/**
 * A reference that answers NaN to a lane of −∞, as tfjs-cpu
 * does, and to any other lane with a −∞ too, as it does not.
 */
const nanForMasks: Implementation = {
  name: 'tfjs-cpu',
  version: '4.22.0',
  role: 'reference',
  arithmetic: defaultArithmetic,
  declines: () => null,
  run: (c) => ({
    kind: 'values',
    tensor: { shape: [], data: Float32Array.of(c.logits.data.includes(-Infinity) ? NaN : 0) },
    violations: [],
  }),
};

function examinerOf(
  references: readonly Implementation[],
  subject: Implementation = subjectImplementation(kernels, { name: 'from-scratch' }),
): Examiner {
  const participants = { subject, references };
  return {
    participants,
    calls: { write: () => undefined } as Examiner['calls'],
    context: findingContextOf({ seed: '0', subject: null }, participants, [
      { name: 'tfjs-cpu', version: '4.22.0', engine: null, available: true, reason: null },
    ]),
    shrinkEvaluations: 200,
  };
}

async function examined(examiner: Examiner, cases: readonly Case[]): Promise<Batch> {
  const batch = emptyBatch();
  for (const [index, c] of cases.entries())
    await examineCase(examiner, batch, { case: c, index, shrink: true, known: new Map() });
  return batch;
}

const lane = (...logits: number[]): Case =>
  caseFromJson(smallCase({ kernel: 'logSumExp/forward', shape: [logits.length], logits }));
const known = lane(-Infinity, -Infinity, -Infinity);
const fresh = lane(0, -Infinity, 0);

test.each([
  ['after it', [known, fresh]],
  ['before it', [fresh, known]],
])('a new divergence is not hidden by a known one of the same signature, found %s', async (_, cases) => {
  const { findings, sightings } = await examined(examinerOf([nanForMasks]), cases);

  expect([...findings.values()].map(({ known: isKnown, ledger, count }) => [isKnown, ledger, count])).toEqual(
    expect.arrayContaining([
      [true, 'infinite-maximum', 1],
      [false, null, 1],
    ]),
  );
  expect([...sightings.keys()].sort()).toEqual([
    '2:logSumExp/forward/any/tfjs-cpu/exact/wrong/nan/-inf/default/any',
    'tfjs-cpu/known=infinite-maximum',
  ]);
});

test('a new divergence is not shrunk into a known one, and a known one is not shrunk', async () => {
  const { findings } = await examined(examinerOf([nanForMasks]), [fresh, known]);

  const minimal = [...findings.values()].map(({ ledger, minimal: c }) => [
    ledger,
    [...caseFromJson(c).logits.data],
  ]);
  expect(minimal).toEqual([
    [null, expect.arrayContaining([0, -Infinity])],
    ['infinite-maximum', [-Infinity, -Infinity, -Infinity]],
  ]);
});

test('what the time does not suffice to shrink is told as it was found, wherever in its work that ends', async () => {
  const wrong = lane(3, 0, -Infinity, 2);
  const told = async (calls: number): Promise<unknown> => {
    let left = calls;
    const examiner = {
      ...examinerOf([nanForMasks]),
      calls: {
        write() {
          if (left-- <= 0) throw new TimeIsUp();
        },
      },
    };
    const { findings, tally } = await examined(examiner, [wrong]);
    return { findings: [...findings.values()], cases: tally.cases };
  };
  const none = { evaluations: 0, steps: 0, stoppedBy: 'none', confirmed: false };

  const first = (await told(2)) as { findings: [object] };

  expect(first).toMatchObject({ cases: 1, findings: [{ shrink: none, index: 0, blame: 'tfjs-cpu' }] });
  const [{ minimal, original }] = first.findings as [{ minimal: object; original: object }];
  expect(minimal).toEqual(original);
  expect(caseFromJson(original).logits).toEqual(wrong.logits);
  // Asked what it depends on, it has a plainer name; the rest is as it was found.
  const { findings } = (await told(9)) as { findings: [{ signature: string }] };
  expect(findings[0].signature).toMatch(/\/forward\/any\//);
  expect({ ...findings[0], signature: '' }).toEqual({ ...first.findings[0], signature: '' });
  expect(await told(1_000)).toMatchObject({ findings: [{ shrink: { stoppedBy: 'minimal' } }] });
});

test('a large case is not judged by every oracle in the end: that would take longer than a call may', async () => {
  const callsAt = async (size: number): Promise<number> => {
    let calls = 0;
    const softmax = (x: Tensor): Tensor => {
      calls++;
      return { shape: x.shape, data: Float32Array.from(x.data, () => 2) };
    };
    const participants = { subject: subjectImplementation({ softmax }, { name: 'wrong' }), references: [] };
    const c = caseFromJson(
      smallCase({ kernel: 'softmax/forward', shape: [size], logits: Array(size).fill(0) }),
    );
    const examiner = { ...examinerOf([]), participants, shrinkEvaluations: 0 };
    await examineCase(examiner, emptyBatch(), { case: c, index: 0, shrink: false, known: new Map() });
    return calls;
  };

  expect(await callsAt(2 ** 16 + 1)).toBe(3); // it, again, and for everybody
  expect(await callsAt(2)).toBeGreaterThan(3);
});

test('a case that the time does not suffice to judge is given up', async () => {
  const examiner = examinerOf([nanForMasks]);
  const calls = {
    write() {
      throw new TimeIsUp();
    },
  };

  await expect(examined({ ...examiner, calls }, [lane(0)])).rejects.toThrow(TimeIsUp);
});

test('the same answers of a subject are never known, whatever it is called', async () => {
  const subject: Implementation = { ...nanForMasks, role: 'subject' };
  const examiner = examinerOf([]);
  const { findings } = await examined({ ...examiner, participants: { subject, references: [] } }, [known]);

  expect([...findings.values()]).toMatchObject([{ blame: 'subject', known: false, ledger: null }]);
});

test('whenever a kernel stops being wrong, what its finding tells is of its smallest case', async () => {
  for (let wrongCalls = 1; wrongCalls < 80; wrongCalls++) {
    let calls = 0;
    const softmax = (x: Tensor): Tensor => {
      const right = kernels.softmax(x, { axis: -1 });
      return ++calls > wrongCalls
        ? right
        : { shape: right.shape, data: right.data.map((y) => y + 1) as never };
    };
    const examiner = examinerOf([]);
    const subject = subjectImplementation({ softmax }, { name: 'once wrong' });
    const c = caseFromJson(
      smallCase({ kernel: 'softmax/forward', shape: [2, 3], logits: [0, 1, 2, 3, 4, 5] }),
    );
    const participants = { ...examiner.participants, subject };

    const { findings } = await examined({ ...examiner, participants }, [c]);

    for (const { minimal, exact } of findings.values()) expect(exact!.shape).toEqual(minimal.logits.shape);
  }
});

test('what a subject does once is told as it was seen, though the case breaks a law when it is asked again', async () => {
  let calls = 0;
  // the first call is wrong, and after it those of any other width
  const once: Implementation = {
    name: 'once',
    version: '1',
    role: 'subject',
    arithmetic: defaultArithmetic,
    declines: () => null,
    run({ logits, axis }) {
      const tensor = kernels.softmax(logits as Tensor, { axis });
      if (calls++ === 0 || logits.data.length !== 3) tensor.data[0]! += 0.25;
      return { kind: 'values', tensor, violations: [] };
    },
  };
  const examiner = { ...examinerOf([], once), shrinkEvaluations: 0 };
  const c = caseFromJson(smallCase({ kernel: 'softmax/forward', shape: [3], logits: [0, 1, 2] }));

  const { findings } = await examined(examiner, [c]);

  expect([...findings.values()]).toMatchObject([{ oracle: 'exact', symptom: 'ulps', law: null, element: 0 }]);
  expect(calls).toBeGreaterThan(3);
});
