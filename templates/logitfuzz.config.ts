/**
 * Settings of `npx logitfuzz fuzz` and `npx logitfuzz gate`; flags and LOGITFUZZ_… variables come before
 * them.
 */
import { defineConfig } from 'logitfuzz';

export default defineConfig({
  subject: './logitfuzz.subject.ts',
  // What the subject exports so far; leave the line out when it exports them all.
  operations: ['softmax'],
});
