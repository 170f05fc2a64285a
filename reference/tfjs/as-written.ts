/**
 * TensorFlow.js called as its users call it: the arrays are made tensors as they are, and what `dataSync`
 * gives is taken as it is. No other copy, and no memory filled beforehand. For `bench`, which times it.
 */
import type { Case } from '../../src/case/case.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { activateBackend } from './activate-backend.ts';
import type { TfjsModule } from './module.ts';
import { labelsOf } from './one-hot.ts';
import { withoutPoison, type WasmHeap } from './poison.ts';
import { askPublicApi } from './public-api.ts';

/** `backend` is TensorFlow.js's name of it, and has been initialised. Labels are made beforehand. */
export function callAsWritten(tf: TfjsModule, backend: string, c: Case): () => Tensor {
  const target = c.loss === undefined ? null : { shape: c.logits.shape, data: labelsOf(c, c.loss) };
  const asked: Case = target === null ? c : { ...c, loss: { ...c.loss!, target } };
  const { shape, data } = asked.logits;
  const call = (): Tensor => {
    const result = tf.tidy(() => askPublicApi(tf, asked, tf.tensor(data as Float32Array, [...shape])));
    const answer = { shape: result.shape, data: result.dataSync() as Float32Array };
    result.dispose();
    return answer;
  };
  return () => {
    activateBackend(tf, backend);
    return withoutPoison(tf.backend() as unknown as WasmHeap, call);
  };
}
