import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseSummary } from '../src/case/case-summary.ts';
import { whyInvalid } from '../src/case/case-check.ts';
import type { Case } from '../src/case/case.ts';
import type { Outcome } from '../src/case/outcome.ts';
import type { Divergence } from '../src/case/verdict.ts';
import { floatArrayFrom, formatFacts } from '../src/float/format.ts';
import * as kernels from '../src/kernels/index.ts';
import * as textbook from '../src/kernels/textbook/index.ts';
import { answerOf, CaseWork } from '../src/oracles/exact.ts';
import { judgeValues } from '../src/oracles/judge-values.ts';
import { defaultArithmetic, type Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { references } from '../reference/index.ts';
import { brokenKernels } from './broken-kernels.ts';
import { drawnCase, fillDrawnCase } from './drawn-case.ts';
import { judgeProperties } from './judge-properties.ts';
import type { Law } from './law.ts';
import { laws } from './laws/laws.ts';
import { askForward } from './transform-case.ts';

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

/**
 * The same implementation, remembering what it was asked
 * and whether the exact oracle blames any of its answers.
 */
interface Watch {
  readonly implementation: Implementation;
  readonly asked: Case[];
  isBlamed: boolean;
}

function watched(implementation: Implementation): Watch {
  const asked: Case[] = [];
  const run = async (c: Case): Promise<Outcome> => {
    asked.push(c);
    const outcome = await implementation.run(c);
    if (outcome.kind !== 'values' || outcome.tensor === null) return outcome;
    const work = new CaseWork(c);
    const answer = work.answer(implementation.arithmetic);
    const { divergence } = judgeValues(work, outcome.tensor, answer, implementation.arithmetic);
    if (divergence !== null) watch.isBlamed = true;
    return outcome;
  };
  const watch: Watch = { asked, isBlamed: false, implementation: { ...implementation, run } };
  return watch;
}

describe('each law', () => {
  test('has a name of its own and a wrong kernel that breaks it', () => {
    expect(new Set(laws.map(({ name }) => name)).size).toBe(laws.length);
    expect(brokenKernels.map(({ law }) => law)).toEqual(laws.map(({ name }) => name));
  });

  test.each(brokenKernels.map(({ law, mistake, module }) => [law, mistake, module] as const))(
    '“%s” alone finds that %s',
    async (law, _, module) => {
      const broken = subjectImplementation(module, { name: 'broken' });
      let found: Divergence | null = null;
      for (let index = 0; index < 2000 && found === null; index++) {
        found = await judge(broken, fillDrawnCase({ seed: 3n, index }), [lawNamed(law)]);
      }

      expect(found).toMatchObject({ oracle: 'property', law, severity: 'wrong' });
    },
  );

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

describe('an implementation that uses up the careful tolerance everywhere', () => {
  test('breaks no law: what the exact oracle accepts no law blames', async () => {
    const greedy = extremal();
    await fc.assert(
      fc.asyncProperty(drawnCase, async (drawn) => {
        const c = fillDrawnCase(drawn);
        const divergence = await judge(greedy, c);
        expect(divergence === null ? null : message(c, divergence)).toBeNull();
      }),
      { ...reproducible, numRuns: 1500 },
    );
  });
});

/** Each element as far from the exact answer as a careful algorithm may be, to a side of its own. */
function extremal(): Implementation {
  let calls = 0;
  const run = (c: Case): Outcome => {
    const answer = answerOf(c, defaultArithmetic);
    calls += 1;
    const data = answer.exact.map((exact, i) => {
      const side = (Math.imul(i + 1 + calls * 7919, 0x9e3779b1) >>> 13) % 2 === 0 ? -1 : 1;
      const error = side * (answer.careful[i]! - answer.uncertainty[i]!) + answer.exactLow[i]!;
      return Number.isFinite(error) ? exact + error : exact;
    });
    return {
      kind: 'values',
      tensor: { shape: answer.shape, data: floatArrayFrom(c.format, data) },
      violations: [],
    };
  };
  return { ...subjectImplementation(kernels, { name: 'extremal' }), run };
}

describe('the textbook subject', () => {
  test('breaks a law only by a cross-entropy whose softmax underflows, and there it does', async () => {
    const subject = subjectImplementation(textbook, { name: 'textbook' });
    let broken = 0;
    await fc.assert(
      fc.asyncProperty(drawnCase, async (drawn) => {
        const c = fillDrawnCase(drawn);
        const watch = watched(subject);
        const divergence = await judge(watch.implementation, c);
        if (divergence === null) return;
        broken += 1;
        if (!watch.asked.some(hasUnderflow)) expect(message(c, divergence)).toBeNull();
      }),
      { ...reproducible, numRuns: 3000 },
    );

    expect(broken).toBeGreaterThan(0);
  });
});

/**
 * A cross-entropy with a softmax below the normal range (0 for a logit of −∞):
 * where −Σ y·log p loses its digits.
 */
function hasUnderflow(c: Case): boolean {
  if (c.operation !== 'crossEntropy') return false;
  const softmax = askForward(c, 'softmax');
  return answerOf(softmax, defaultArithmetic).exact.some((p) => p < formatFacts(c.format).smallestNormal);
}

async function loadReference(name: string): Promise<Implementation> {
  const loaded = await references.find((loader) => loader.name === name)!.load();
  if (loaded.kind === 'missing') throw new Error(`${name}: ${loaded.reason}; ${loaded.remedy}`);
  return loaded.implementation;
}

/**
 * What each is known to break. TensorFlow.js gives t − p as the gradient by the targets, which is −log p; and
 * all of them p − t as the gradient by the logits, which is that only where the targets sum to 1.
 */
const knownToBreak: Readonly<Record<string, readonly string[]>> = {
  'tfjs-cpu': ['the gradient by the targets does not depend on them', 'gradients of a lane sum to 0'],
  'tfjs-wasm': ['the gradient by the targets does not depend on them', 'gradients of a lane sum to 0'],
  'tfjs-node': ['the gradient by the targets does not depend on them', 'gradients of a lane sum to 0'],
  tensorflow: ['gradients of a lane sum to 0'],
};

/** Those of this process; of the others the exact oracle sees more than their laws. */
const here = references
  .filter(({ isDefault }) => isDefault)
  .map(({ name, embedded }) => ({ name, embedded }));

describe.each(here)('$name', ({ name, embedded }) => {
  const isLeftOut = !embedded && process.env['LOGITFUZZ_EMBEDDED'] === '1';
  const reason = isLeftOut ? ' (skipped: native TensorFlow is left out of the embedded tests)' : '';

  test.skipIf(isLeftOut)(
    `obeys every law of softmax and logSoftmax, of rank 1 at least${reason}`,
    async () => {
      const reference = await loadReference(name);
      const forward = {
        operations: ['softmax', 'logSoftmax'],
        directions: ['forward'],
        formats: ['float32'],
      } as const;
      await fc.assert(
        fc.asyncProperty(drawnCase, async (drawn) => {
          const c = fillDrawnCase(drawn, forward);
          // of a scalar, tfjs-wasm's softmax is memory that was never written
          fc.pre(c.logits.shape.length > 0);
          const divergence = await judge(reference, c);
          expect(divergence === null ? null : message(c, divergence)).toBeNull();
        }),
        { ...reproducible, numRuns: 300 },
      );
    },
  );

  test.skipIf(isLeftOut)(
    `breaks a law only where the exact oracle blames an answer of it${reason}`,
    async () => {
      const reference = await loadReference(name);
      await fc.assert(
        fc.asyncProperty(drawnCase, async (drawn) => {
          const c = fillDrawnCase(drawn, { formats: ['float32'] });
          const watch = watched(reference);
          const divergence = await judge(watch.implementation, c);
          expect(divergence === null || watch.isBlamed ? null : message(c, divergence)).toBeNull();
        }),
        { ...reproducible, numRuns: 250 },
      );
    },
  );

  test.skipIf(isLeftOut).each(knownToBreak[name] ?? [])(
    `breaks “%s” of cross-entropy, as is known${reason}`,
    async (law) => {
      const reference = await loadReference(name);
      const space = { operations: ['crossEntropy'], directions: ['backward', 'targetBackward'] } as const;
      let found: Divergence | null = null;
      for (let index = 0; index < 300 && found === null; index++) {
        const c = fillDrawnCase({ seed: 1n, index }, { ...space, formats: ['float32'] });
        found = await judge(reference, c, [lawNamed(law)]);
      }

      expect(found).toMatchObject({ law, severity: 'wrong' });
    },
  );
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
