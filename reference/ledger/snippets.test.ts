import { format } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadNativeTensorflow } from '../tfjs/native-tensorflow.ts';
import { activateBackend, loadTfjsCore, type TfjsModule } from '../tfjs/module.ts';
import { tfjsCpu } from '../tfjs/cpu.ts';
import { tfjsWasm } from '../tfjs/wasm.ts';
import type { Snippet } from './entry.ts';
import { ledger } from './ledger.ts';

describe.each(ledger.map(({ id, snippet }) => ({ id, snippet })))('the program of $id', ({ snippet }) => {
  const isLeftOut = snippet.backend === 'tensorflow' && process.env['LOGITFUZZ_EMBEDDED'] === '1';
  const reason = isLeftOut ? ' (skipped: native TensorFlow is left out of the embedded tests)' : '';

  test.skipIf(isLeftOut)(`prints the wrong answer that it says it does${reason}`, async () => {
    const tf = await moduleFor(snippet.backend);

    expect(printedBy(snippet.code, tf)).toBe(snippet.prints);
  });
});

async function moduleFor(backend: Snippet['backend']): Promise<TfjsModule> {
  if (backend === 'tensorflow') {
    const loaded = await loadNativeTensorflow();
    if (loaded.kind === 'missing') throw new Error(loaded.reason);
    activateBackend(loaded.native.tf, backend);
    return loaded.native.tf;
  }
  await (backend === 'cpu' ? tfjsCpu : tfjsWasm).load();
  const tf = loadTfjsCore();
  activateBackend(tf, backend);
  return tf;
}

/** Runs it with `tf` and a console of its own, in place of the lines that load tfjs. */
function printedBy(code: string, tf: TfjsModule): string {
  const lines: string[] = [];
  const log = (...values: unknown[]): void => void lines.push(format(...values));
  // The program is a text in the ledger, and has to run as a reader pastes it.
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval
  const run = new Function('tf', 'console', code) as (tf: TfjsModule, console: { log: typeof log }) => void;
  run(tf, { log });
  return lines.join('\n');
}
