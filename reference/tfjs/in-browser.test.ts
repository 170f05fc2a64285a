/** TensorFlow.js on a GPU that is computed in software: its answers, and what the ledger says of them. */
// @module-tag processes
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseFromJson } from '../../src/case/case-json.ts';
import type { Case } from '../../src/case/case.ts';
import type { Outcome } from '../../src/case/outcome.ts';
import { fromJsonNumber } from '../../src/case/json-number.ts';
import { needs } from '../../src/connect/fixtures/needs.ts';
import type { Implementation } from '../../src/subjects/implementation.ts';
import { ledger } from '../ledger/ledger.ts';
import { smallCase } from '../ledger/small-case.ts';
import { tfjsWebgl } from './webgl.ts';
import { tfjsWebgpu } from './webgpu.ts';

const engines = { 'tfjs-webgl': 'WebGL 2 on SwiftShader', 'tfjs-webgpu': 'WebGPU on SwiftShader' };

describe.each([tfjsWebgl, tfjsWebgpu])('$name', (reference) => {
  const { name } = reference;
  const { isSkipped, reason } = needs(`@tensorflow/${name.replace('-', '-backend-')}`, 'chromium');
  let implementation: Implementation;
  beforeAll(async () => {
    if (isSkipped) return;
    const loaded = await reference.load();
    if (loaded.kind === 'missing') throw new Error(`${loaded.reason}; ${loaded.remedy}`);
    implementation = loaded.implementation;
  });
  afterAll(() => implementation?.dispose?.());

  async function answerTo(c: Case): Promise<readonly number[]> {
    const outcome: Outcome = await implementation.run(c);
    if (outcome.kind !== 'values') throw new Error(`${outcome.kind}: ${JSON.stringify(outcome)}`);
    expect(outcome.violations).toEqual([]);
    return Array.from(outcome.tensor!.data);
  }

  test.skipIf(isSkipped)(`says what it is, and is asked by nobody who has not named it${reason}`, () => {
    expect(implementation).toMatchObject({
      name,
      version: '4.22.0',
      engine: engines[name as keyof typeof engines],
    });
    expect(reference.isDefault).toBe(false);
  });

  test.skipIf(isSkipped)(`brings an axis last and back, forward and backward${reason}`, async () => {
    const base = { shape: [2, 2], axis: 0, logits: [0, 0, Math.log(3), 0] } as const;
    const p = await answerTo(caseFromJson(smallCase({ ...base, kernel: 'softmax/forward' })));
    const dy = [1, 0, 0, 0];
    const gradient = await answerTo(caseFromJson(smallCase({ ...base, kernel: 'softmax/backward', dy })));

    const expected = [0.25, 0.5, 0.75, 0.5];
    p.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2 ** -20));
    const slope = 0.25 * 0.75;
    gradient.forEach((value, i) =>
      expect(Math.abs(value - [slope, 0, -slope, 0][i]!)).toBeLessThan(2 ** -20),
    );
  });

  const affecting = ledger.filter(({ affects }) => Object.hasOwn(affects, name));

  test.skipIf(isSkipped).each(affecting)(`gives today what is known of it: $id${reason}`, async (entry) => {
    const said = entry.given[name]!;
    const outcome = await implementation.run(caseFromJson(entry.smallest));

    if (said.kind === 'throws')
      expect(outcome).toMatchObject({
        kind: 'threw',
        message: expect.stringContaining(said.message) as unknown,
      });
    if (said.kind === 'value')
      expect(outcome).toMatchObject({
        kind: 'values',
        tensor: { data: { [entry.shown!.element]: fromJsonNumber(said.value) } },
      });
  });
});

test('the ledger knows something of each of them', () => {
  for (const { name } of [tfjsWebgl, tfjsWebgpu])
    expect(ledger.filter(({ affects }) => Object.hasOwn(affects, name)).length).toBeGreaterThan(8);
});

test('a lane that is due a NaN is not asked of shaders that may assume there is none', () => {
  const declined = (logits: readonly number[]): string | null =>
    tfjsWebgpu.declines(
      caseFromJson(smallCase({ kernel: 'softmax/forward', shape: [1, logits.length], logits })),
    );

  expect(declined([0, -Infinity])).toBeNull();
  for (const logits of [
    [0, NaN],
    [0, Infinity],
    [-Infinity, -Infinity],
  ])
    expect(declined(logits)).toBe('WGSL lets a shader assume that there is no NaN');
});
