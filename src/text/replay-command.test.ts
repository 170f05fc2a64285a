/** Which command shows a finding where no file of its run is. */
import { expect, test } from 'vitest';
import { caseFromBlob } from '../case/case-blob.ts';
import { caseToJson, type CaseJson } from '../case/case-json.ts';
import type { Finding } from '../case/finding.ts';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import { portableCommand } from './replay-command.ts';

const long: CaseJson = caseToJson({
  ...exampleCase,
  logits: { shape: [2_000, 1], data: Float32Array.from({ length: 2_000 }, (_, i) => Math.sin(i)) },
});
const drawn = { operations: ['softmax'], formats: ['float32', 'float64'], maxElements: 5_000 } as const;
const command = (
  changes: Partial<Finding>,
  space: Parameters<typeof portableCommand>[1] = drawn,
): string | null => portableCommand(exampleFinding(changes), space);
const ofSubject = {
  blame: 'subject',
  subject: { name: 'mine', version: '1', module: './my kernels.ts' },
} as const;

test('a short case is in the command itself, with the subject by its module or the reference by its name', () => {
  const [mine, theirs] = [command(ofSubject)!, command({})!];

  expect(mine).toMatch(/^npx logitfuzz replay --case \S+ --subject '\.\/my kernels\.ts'$/);
  expect(theirs).toMatch(/^npx logitfuzz replay --case \S+ --blame tfjs-wasm$/);
  expect(caseFromBlob(/--case (\S+)/.exec(mine)![1]!)).toEqual(caseToJson(exampleCase));
});

test('a long case is told by all that drew it', () => {
  const { supports, refuses } = { supports: { axis: 'last' }, refuses: true } as const;

  const plain = command({ ...ofSubject, minimal: long });
  const restricted = command({ minimal: long }, { ...drawn, kernels: ['softmax'], supports, refuses });

  expect(plain).toBe(
    'npx logitfuzz replay --seed 18446744073709551615 --index 4711 --generator 1 ' +
      "--kernels softmax,softmaxBackward --formats float32,float64 --supports '{}' --no-refuses " +
      "--max-elements 5000 --subject './my kernels.ts'",
  );
  expect(restricted).toContain(
    `--kernels softmax --formats float32,float64 --supports '{"axis":"last"}' --refuses`,
  );
});

test.each<[string, Partial<Finding>, typeof drawn | null]>([
  ['a long case of a chain', { minimal: long }, null],
  ['a long case of the corpus', { minimal: long, index: -1 }, drawn],
  ['a long case of no campaign', { minimal: long, index: null }, drawn],
  ['what needs earlier calls', { confirmed: 'after-history', history: [caseToJson(exampleCase)] }, drawn],
  ['what the ledger knows', { known: true, ledger: 'some-entry' }, drawn],
])('%s has no such command', (_what, changes, space) => {
  expect(command(changes, space)).toBeNull();
});
