import { describe, expect, test } from 'vitest';
import { generateCase } from '../generate/generate-case.ts';
import { caseFromJson } from '../case/case-json.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { directions, operations } from '../contract/subject.ts';
import { answerOf } from '../oracles/exact.ts';
import { judgeCase } from '../judge/judge-case.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import { ulpError } from '../float/ulp.ts';
import { references, type Reference } from '../../reference/index.ts';
import type { LedgerEntry } from '../../reference/ledger/entry.ts';
import { ledger } from '../../reference/ledger/ledger.ts';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { findingKey } from './finding-key.ts';

const pairs = ledger.flatMap((entry) =>
  references
    .filter(({ name, isDefault }) => isDefault && entry.affects[name] !== undefined)
    .map((loader) => ({ id: entry.id, name: loader.name, entry, loader })),
);

function isLeftOut({ embedded }: Reference): boolean {
  return !embedded && process.env['LOGITFUZZ_EMBEDDED'] === '1';
}

async function loaded(loader: Reference): Promise<Implementation> {
  const reference = await loader.load({ poisons: true });
  if (reference.kind === 'missing')
    throw new Error(`${loader.name}: ${reference.reason}; ${reference.remedy}`);
  return reference.implementation;
}

describe.each(pairs)('$id of $name', ({ entry, loader }) => {
  const reason = isLeftOut(loader) ? ' (skipped: native TensorFlow is left out of the embedded tests)' : '';

  test.skipIf(isLeftOut(loader))(`diverges today on its smallest case, and is known${reason}`, async () => {
    const reference = await loaded(loader);
    const c = caseFromJson(entry.smallest);

    const [{ verdict, outcome }] = await judgeCase(c, { subject: reference, references: [] });

    if (verdict.kind !== 'diverge') throw new Error(`it is fixed: ${verdict.kind}`);
    const [divergence] = verdict.divergences;
    const blamed = { case: c, blame: loader.name, version: reference.version, divergence };
    expect(findingKey(blamed).ledger).toBe(entry.id);
    expect(outcome).toMatchObject(outcomeSaid(entry, loader.name));
  });
});

/** What the entry says of it, as a part of an Outcome. */
function outcomeSaid({ given, shown }: LedgerEntry, name: string): object {
  const said = given[name]!;
  switch (said.kind) {
    case 'throws':
      return { kind: 'threw', message: expect.stringContaining(said.message) as unknown };
    case 'unwritten':
      return { kind: 'values' };
    case 'value': {
      const value = fromJsonNumber(said.value);
      return { kind: 'values', tensor: { data: { [shown!.element]: value } } };
    }
  }
}

test.each(ledger.filter(({ shown }) => shown !== null))(
  'what $id says is due is due, by the oracle',
  ({ smallest, shown }) => {
    const due = answerOf(caseFromJson(smallest), defaultArithmetic).exact[shown!.element]!;
    const said = fromJsonNumber(shown!.exact);

    expect(Object.is(due, said) || Math.abs(ulpError(said, { exact: due, format: 'float64' })!) <= 8).toBe(
      true,
    );
  },
);

test('knows the share of smoothing also where it all but cancels a label', async () => {
  const c = caseFromJson(
    smallCase({
      kernel: 'crossEntropy/backward',
      shape: [1, 1, 3],
      logits: [8, 0, 0],
      // 0.1 shared out among one class, and not three: 0.9·label + 0.1 is 0.0015625
      labels: [0, -0.109375, 1],
      labelSmoothing: 0.1,
      dy: [1],
    }),
  );
  for (const loader of references.filter(({ embedded, family }) => embedded && family === 'TensorFlow.js')) {
    const reference = await loaded(loader);
    const [{ verdict }] = await judgeCase(c, { subject: reference, references: [] });
    if (verdict.kind !== 'diverge') throw new Error(`${loader.name}: ${verdict.kind}`);
    const { name: blame, version } = reference;
    const element = 1;
    const [divergence] = verdict.divergences;

    expect(divergence).toMatchObject({ oracle: 'exact', symptom: 'sign', element });
    expect(findingKey({ case: c, blame, version, divergence }).ledger).toBe('smoothing-share');
  }
});

test('explains all that the embedded references get wrong in a short campaign of its own', async () => {
  const embedded = await Promise.all(references.filter((loader) => loader.embedded).map(loaded));
  const space = { operations, directions, formats: ['float32'] } as const;
  const fresh: string[] = [];
  let known = 0;
  for (let index = 0; index < 1_500; index++) {
    const c = generateCase({ seed: 4_711n, index }, space);
    for (const reference of embedded) {
      const [{ verdict }] = await judgeCase(c, { subject: reference, references: [] });
      if (verdict.kind !== 'diverge') continue;
      const { name: blame, version } = reference;
      const name = findingKey({ case: c, blame, version, divergence: verdict.divergences[0] });
      if (name.ledger === null) fresh.push(`${index}: ${name.signature}`);
      else known++;
    }
  }

  expect(fresh).toEqual([]);
  expect(known).toBeGreaterThan(100);
});
