/** The textbook has no numbers of 16 bits, and says so in place of computing with their bits. */
import { expect, test } from 'vitest';
import { isUnsupported } from '../../contract/unsupported.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import * as textbook from './index.ts';

test.each(['float16', 'bfloat16'])('%s is declined by every kernel and every layer', (dtype) => {
  const x = { shape: [2], data: new Uint16Array(2), dtype } as unknown as Tensor;
  const target = { shape: [], data: new Int32Array(1) };
  const calls = [
    () => textbook.softmax(x),
    () => textbook.softmaxBackward(x, x),
    () => textbook.crossEntropy(x, target),
    () => textbook.crossEntropy(x, x),
    () => textbook.crossEntropyBackward(x, target, x),
    () => new textbook.Softmax(-1).forward(x),
    () => new textbook.CrossEntropyLoss(-1).forward(x, x),
  ];

  for (const call of calls) {
    expect(call).toThrow(`the textbook's layers have no ${dtype}`);
    expect(() => {
      try {
        call();
      } catch (error) {
        if (!isUnsupported(error)) throw error;
      }
    }).not.toThrow();
  }
});
