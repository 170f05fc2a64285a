import { describe, expect, test } from 'vitest';
import { caseFromJson, caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { operations } from '../contract/subject.ts';
import { whyInvalid } from '../case/case-check.ts';
import { formats, halfFormats } from '../float/format.ts';
import { generateCase } from '../generate/generate-case.ts';
import { randomSourceFor } from '../generate/random-source.ts';
import { chainLength, climb } from './climb.ts';
import { varyCase } from './vary-case.ts';

const space = { operations, formats };

test('a varied case is valid by the contract, of the same kernel and shape, and leaves the old one alone', () => {
  for (let index = 0; index < 1_500; index++) {
    const c = generateCase({ seed: 3n, index }, space);
    const before = JSON.stringify(caseToJson(c));

    const varied = varyCase(randomSourceFor({ seed: 4n, index }), c);

    expect(() => caseFromJson(JSON.parse(JSON.stringify(caseToJson(varied))))).not.toThrow();
    expect(whyInvalid(varied)).toBeNull();
    expect([varied.operation, varied.direction, varied.axis, varied.logits.shape]).toEqual([
      c.operation,
      c.direction,
      c.axis,
      c.logits.shape,
    ]);
    expect(JSON.stringify(caseToJson(c))).toBe(before);
  }
});

describe('a chain', () => {
  const softmaxOnly = { operations: ['softmax'], directions: ['forward'], formats: ['float32'] } as const;
  const spread = ({ logits }: Case): number => {
    const finite = [...logits.data].filter(Number.isFinite);
    return finite.length === 0 ? 0 : Math.min(50, Math.max(...finite) - Math.min(...finite));
  };
  const tried = async (worth: (c: Case) => number | null): Promise<{ cases: Case[]; worths: number[] }> => {
    const cases: Case[] = [];
    const worths: number[] = [];
    await climb({ seed: 1n, chain: 2, space: softmaxOnly }, (c) => {
      const value = worth(c);
      cases.push(c);
      if (value !== null) worths.push(value);
      return value;
    });
    return { cases, worths };
  };

  test('is the same for the same plan and the same worths', async () => {
    const [one, other] = [await tried(spread), await tried(spread)];

    expect(one.cases.map(caseToJson)).toEqual(other.cases.map(caseToJson));
    expect(one.cases).toHaveLength(chainLength);
  });

  test('climbs: what it tries late is worth more than what it began with', async () => {
    const { worths } = await tried((c) => -Math.abs(spread(c) - 23.456));
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

    expect(mean(worths.slice(-64))).toBeGreaterThan(mean(worths.slice(0, 16)));
    expect(Math.max(...worths.slice(16))).toBeGreaterThan(Math.max(...worths.slice(0, 16)));
  });

  test.each(halfFormats)('of %s climbs as well, and tries numbers of the format alone', async (format) => {
    const cases: Case[] = [];
    const worths: number[] = [];
    await climb({ seed: 1n, chain: 2, space: { ...softmaxOnly, formats: [format] } }, (c) => {
      cases.push(c);
      worths.push(-Math.abs(spread(c) - 23.456));
      return worths.at(-1)!;
    });

    expect(cases.filter((c) => whyInvalid(c) !== null)).toEqual([]);
    expect(Math.max(...worths.slice(384))).toBeGreaterThan(Math.max(...worths.slice(0, 16)));
    expect(Math.max(...worths)).toBeGreaterThan(-0.1);
  });

  test('ends where a case is a finding', async () => {
    const { cases } = await tried(() => null);

    expect(cases).toHaveLength(1);
  });
});
