import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseSummary } from '../src/case/case-summary.ts';
import { whyInvalid } from '../src/case/case-check.ts';
import type { Case } from '../src/case/case.ts';
import type { Divergence } from '../src/case/verdict.ts';
import * as kernels from '../src/kernels/index.ts';
import * as textbook from '../src/kernels/textbook/index.ts';
import { answerOf } from '../src/oracles/exact.ts';
import { judgeValues } from '../src/oracles/judge-values.ts';
import { defaultArithmetic, type Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { references } from '../reference/index.ts';
import { brokenKernels } from './broken-kernels.ts';
import { drawnCase, fillDrawnCase } from './drawn-case.ts';
import { judgeProperties } from './judge-properties.ts';
import type { Law } from './law.ts';
import { laws } from './laws/laws.ts';

const reproducible = { seed: 42 } as const;

function lawNamed(name: string): Law {
  return laws.find((law) => law.name === name)!;
}

async function judge(
  implementation: Implementation,
  c: Case,
  chosen: readonly Law[] = laws,
): Promise<Divergence | null> {
  if (implementation.declines(c) !== null) return null;
  const outcome = await implementation.run(c);
  if (outcome.kind !== 'values' || outcome.tensor === null) return null;
  return judgeProperties(c, outcome.tensor, implementation, { lawsPerCase: chosen.length, laws: chosen });
}

function message(c: Case, divergence: Divergence): string {
  return `${caseSummary(c)}: ${divergence.law}, ${divergence.severity}: ${divergence.detail}`;
}

/** The same implementation, telling whether the exact oracle blames any of its answers. */
function watched(implementation: Implementation): {
  readonly implementation: Implementation;
  isBlamed: boolean;
} {
  const watch = {
    isBlamed: false,
    implementation: {
      ...implementation,
      async run(c: Case) {
        const outcome = await implementation.run(c);
        if (outcome.kind !== 'values' || outcome.tensor === null) return outcome;
        const answer = answerOf(c, implementation.arithmetic);
        const { divergence } = judgeValues(c, outcome.tensor, answer, implementation.arithmetic);
        if (divergence !== null) watch.isBlamed = true;
        return outcome;
      },
    },
  };
  return watch;
}

describe('each law', () => {
  test('has a name of its own and a wrong kernel that breaks it', () => {
    expect(new Set(laws.map(({ name }) => name)).size).toBe(laws.length);
    expect(brokenKernels.map(({ law }) => law)).toEqual(laws.map(({ name }) => name));
  });

  test.each(brokenKernels)('“$law” alone finds that $mistake', async ({ law, module }) => {
    const broken = subjectImplementation(module, { name: 'broken' });
    let found: Divergence | null = null;
    for (let index = 0; index < 2000 && found === null; index++) {
      found = await judge(broken, fillDrawnCase({ seed: 3n, index }), [lawNamed(law)]);
    }

    expect(found).toMatchObject({ oracle: 'property', law, severity: 'wrong' });
  });

  test('asks only cases that the contract allows', () => {
    fc.assert(
      fc.property(drawnCase, fc.nat(), (drawn, draw) => {
        const c = fillDrawnCase(drawn);
        const asked = laws.flatMap((law) => law.about(c, draw)?.cases ?? []);
        expect(asked.map(whyInvalid).filter((reason) => reason !== null)).toEqual([]);
      }),
      { ...reproducible, numRuns: 1500 },
    );
  });

  test.each(laws.map(({ name }) => name))('“%s” has its turn among 3,000 cases', (name) => {
    const law = lawNamed(name);
    const indices = Array.from({ length: 3000 }, (_, index) => index);

    expect(
      indices.filter((index) => law.about(fillDrawnCase({ seed: 1n, index }), index) !== null).length,
    ).toBeGreaterThan(30);
  });
});

describe('the default subject', () => {
  test('obeys every law on every case', async () => {
    const subject = subjectImplementation(kernels, { name: 'from-scratch' });
    await fc.assert(
      fc.asyncProperty(drawnCase, async (drawn) => {
        const c = fillDrawnCase(drawn);
        const divergence = await judge(subject, c);
        expect(divergence === null ? null : message(c, divergence)).toBeNull();
      }),
      { ...reproducible, numRuns: 3000 },
    );
  });
});

describe('the textbook subject', () => {
  test('breaks a law only in a cross-entropy whose softmax underflows, and there it does', async () => {
    const subject = subjectImplementation(textbook, { name: 'textbook' });
    const broken: Case[] = [];
    await fc.assert(
      fc.asyncProperty(drawnCase, async (drawn) => {
        const c = fillDrawnCase(drawn);
        const divergence = await judge(subject, c);
        if (divergence !== null && hasUnderflow(c)) broken.push(c);
        else expect(divergence === null ? null : message(c, divergence)).toBeNull();
      }),
      { ...reproducible, numRuns: 3000 },
    );

    expect(broken.length).toBeGreaterThan(0);
  });
});

/** A softmax of a lane of finite logits that is below the normal range: where −Σ y·log p loses its digits. */
function hasUnderflow(c: Case): boolean {
  if (c.operation !== 'crossEntropy') return false;
  const { format, axis, logits, regimes } = c;
  const softmax: Case = {
    operation: 'softmax',
    direction: 'forward',
    format,
    axis,
    logits,
    regimes,
    checks: [],
  };
  const smallestNormal = format === 'float32' ? 2 ** -126 : 2 ** -1022;
  return answerOf(softmax, defaultArithmetic).exact.some((p) => p < smallestNormal);
}

describe('a reference', () => {
  for (const loader of references) {
    const needsTensorFlow = !loader.embedded && process.env['LOGITFUZZ_EMBEDDED'] === '1';
    const title = `${loader.name} breaks a law only where the exact oracle blames one of its answers`;
    test.skipIf(needsTensorFlow)(
      needsTensorFlow ? `${title} (skipped: embedded references only)` : title,
      async () => {
        const loaded = await loader.load();
        if (loaded.kind === 'missing') throw new Error(`${loader.name}: ${loaded.reason}; ${loaded.remedy}`);
        await fc.assert(
          fc.asyncProperty(drawnCase, async (drawn) => {
            const c = fillDrawnCase(drawn, { formats: ['float32'] });
            const watch = watched(loaded.implementation);
            const divergence = await judge(watch.implementation, c);
            expect(divergence === null || watch.isBlamed ? null : message(c, divergence)).toBeNull();
          }),
          { ...reproducible, numRuns: 250 },
        );
      },
    );
  }
});

describe('the laws chosen for a case', () => {
  const subject = subjectImplementation(kernels, { name: 'from-scratch' });

  test('ask nothing of an implementation that is asked no law', () => {
    const c = fillDrawnCase({ seed: 1n, index: 0 });
    const deaf = { ...subject, run: () => expect.unreachable('it was asked') };

    expect(judgeProperties(c, c.logits, deaf as unknown as Implementation, { laws: [] })).toBeNull();
  });

  test('are at most as many as allowed, and the same every time', () => {
    const asked = (lawsPerCase: number): readonly Case[] => {
      const cases: Case[] = [];
      const listening: Implementation = {
        ...subject,
        run(c) {
          cases.push(c);
          return subject.run(c);
        },
      };
      for (let index = 0; index < 200; index++) {
        const c = fillDrawnCase({ seed: 1n, index });
        const outcome = subject.run(c);
        if (outcome instanceof Promise || outcome.kind !== 'values') throw new Error('no values');
        void judgeProperties(c, outcome.tensor!, listening, { lawsPerCase });
      }
      return cases;
    };

    expect(asked(1).length).toBeLessThanOrEqual(200 * 2);
    expect(asked(2)).toEqual(asked(2));
  });

  test('are all in turn where none but one is allowed at a time', () => {
    const broken = new Set<string>();
    const wild = subjectImplementation(kernels, { name: 'wild' });
    for (let index = 0; index < 4000; index++) {
      const c = fillDrawnCase({ seed: 2n, index });
      const outcome = wild.run(c);
      if (outcome instanceof Promise || outcome.kind !== 'values') continue;
      const random = {
        shape: outcome.tensor!.shape,
        data: outcome.tensor!.data.map((_, i) => -1 - ((i * 7) % 5)),
      };
      const divergence = judgeProperties(c, random, wild, { lawsPerCase: 1 }) as Divergence | null;
      if (divergence !== null) broken.add(divergence.law!);
    }

    expect([...broken].sort()).toEqual(laws.map(({ name }) => name).sort());
  });
});
