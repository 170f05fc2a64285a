import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Case, Loss } from './case.ts';
import { caseSummary } from './case-summary.ts';
import { signatureOf, signatureOfVersion1, signatureSlug, signatureText } from './signature.ts';

const divergence = { oracle: 'exact', severity: 'wrong', symptom: 'ulps' } as const;

function softmaxCase(data: readonly number[], shape: readonly number[] = [data.length], axis = -1): Case {
  const logits = { shape, data: Float32Array.from(data) };
  return {
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    axis,
    logits,
    regimes: [],
    checks: [],
  };
}

function lossCase(options: Partial<Loss>): Case {
  const target = { shape: [], data: Int32Array.of(0) };
  const loss: Loss = { target, reduction: 'mean', labelSmoothing: 0, ...options };
  return { ...softmaxCase([1, 2]), operation: 'crossEntropy', loss };
}

const textOf = (c: Case, blame = 'subject'): string => signatureText(signatureOf(c, { blame, divergence }));

describe('the text of a signature', () => {
  test('is versioned and names all that makes two divergences the same', () => {
    expect(textOf(softmaxCase([1, 2, 3]))).toBe(
      '2:softmax/forward/float32/subject/exact/wrong/ulps/finite/default/any',
    );
  });

  test('has no sizes and no values', () => {
    expect(textOf(softmaxCase([1, 2, 3]))).toBe(textOf(softmaxCase([7, 8], [1, 2], 1)));
  });

  test('tells an inner axis from the last, however it is counted', () => {
    expect(textOf(softmaxCase([1, 2], [2, 1], 0))).toMatch(/\/inner$/);
    expect(textOf(softmaxCase([1, 2], [2, 1], -2))).toMatch(/\/inner$/);
    expect(textOf(softmaxCase([1, 2], [1, 2], 1))).toMatch(/\/any$/);
    expect(textOf(softmaxCase([1], [], 0))).toMatch(/\/any$/);
  });

  test.each([
    [[1, Number.NaN], 'nan'],
    [[Infinity, -Infinity, 0], '+inf,-inf'],
    [[-Infinity, 0], '-inf'],
    [[3e38, -0], 'finite'],
    [[], 'empty'],
  ])('classes the special values of %j as %s', (logits, expected) => {
    expect(textOf(softmaxCase(logits)).split('/')[7]).toBe(expected);
  });

  test('classes the lane that is blamed, and says what others hold beside it', () => {
    const c = softmaxCase([1, 2, Number.NaN, 4, -Infinity, 6], [3, 2]);
    const of = (element: number): string =>
      signatureText(signatureOf(c, { blame: 'subject', divergence: { ...divergence, element } }));

    expect(of(1)).toMatch(/\/ulps\/finite\/default\/any\/beside=nan,-inf$/);
    expect(of(2)).toMatch(/\/ulps\/nan\/default\/any\/beside=-inf$/);
  });

  test('of version 1 is what older files have: all logits together, the format and the axis', () => {
    const c = softmaxCase([1, 2, Number.NaN, 4], [2, 2]);
    const signed = { blame: 'subject', divergence: { ...divergence, element: 0 } };

    expect(signatureText(signatureOfVersion1(c, signed))).toBe(
      '1:softmax/forward/float32/subject/exact/wrong/ulps/nan/default/last',
    );
    expect(signatureText(signatureOf(c, signed, { anyFormat: true }))).toBe(
      '2:softmax/forward/any/subject/exact/wrong/ulps/finite/default/any/beside=nan',
    );
  });

  test('names the options that are not default, and the kind of target', () => {
    const probabilities = { shape: [2], data: Float32Array.of(0, 1) };
    const weight = { shape: [2], data: Float32Array.of(1, 1) };

    expect(textOf(lossCase({})).split('/')[8]).toBe('target=index');
    expect(textOf(lossCase({ ignoreIndex: 3, labelSmoothing: 0.1 })).split('/')[8]).toBe(
      'ignoreIndex,labelSmoothing,target=index',
    );
    expect(textOf(lossCase({ target: probabilities, weight, reduction: 'sum' })).split('/')[8]).toBe(
      'reduction=sum,target=probabilities,weight',
    );
  });

  test('cannot be confused by a name with slashes', () => {
    expect(textOf(softmaxCase([1]), 'a/b/exact')).toContain('/a%2Fb%2Fexact/');
  });
});

describe('the slug of a signature', () => {
  const slugOf = (blame: string): string =>
    signatureSlug(signatureText(signatureOf(softmaxCase([1]), { blame, divergence })));

  test('reads as the operation, the format, who is blamed and how', () => {
    expect(slugOf('tfjs-wasm')).toMatch(/^softmax-forward-float32-tfjs-wasm-ulps-[0-9a-f]{10}$/);
  });

  test('is one harmless folder name for any name at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (blame) => {
        expect(slugOf(blame)).toMatch(/^[a-z0-9][a-z0-9-]{10,119}$/);
      }),
    );
    expect(slugOf('../../etc/passwd')).toMatch(/^[a-z0-9-]+$/);
    expect(slugOf('con.')).not.toContain('.');
  });

  test('differs where the signatures differ in what it does not spell out', () => {
    const [a, b] = [softmaxCase([1]), softmaxCase([Number.NaN])].map((c) =>
      signatureText(signatureOf(c, { blame: 'subject', divergence })),
    );

    expect(signatureSlug(a!)).not.toBe(signatureSlug(b!));
  });
});

describe('the summary of a case', () => {
  test('is operation, format, shape and axis', () => {
    expect(caseSummary(softmaxCase(Array<number>(21).fill(0), [3, 7], 0))).toBe(
      'softmax/float32 [3, 7] axis 0',
    );
  });

  test('says how it is called where that is not the plain way', () => {
    expect(caseSummary({ ...softmaxCase([1, 2]), call: { kind: 'view', from: 3 } })).toBe(
      'softmax/float32 [2] axis -1, views from element 3',
    );
  });

  test('names the options that are not default', () => {
    const c = {
      ...lossCase({ reduction: 'sum', labelSmoothing: 0.1, ignoreIndex: -100 }),
      direction: 'backward' as const,
    };

    expect(caseSummary(c)).toBe(
      'crossEntropy/backward/float32 [2] axis -1, index target, reduction sum, labelSmoothing 0.1, ignoreIndex -100',
    );
  });
});
