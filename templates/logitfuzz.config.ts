/**
 * Settings of `npx logitfuzz fuzz` and `npx logitfuzz gate`; flags and LOGITFUZZ_… variables come before
 * them.
 */
import { defineConfig } from 'logitfuzz';

export default defineConfig({
  subject: './logitfuzz.subject.ts',
  // What the subject exports so far: where one of these is deleted, fuzz and gate fail.
  kernels: ['softmax', 'softmaxBackward'],
});
