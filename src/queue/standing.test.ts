import fc from 'fast-check';
import { expect, test } from 'vitest';
import { machineSchema as recordedSchema } from '../archive/machine-record.ts';
import { exampleMachine } from './fixtures/example-machine.ts';
import { machineSchema } from './standing.ts';

const machine = exampleMachine();

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constant('x'.repeat(500)),
);
const forged = fc.record(
  {
    name: text,
    node: text,
    v8: text,
    platform: text,
    cpu: text,
    canary: fc.dictionary(fc.string({ unit: 'binary' }), fc.integer({ min: -1, max: 64 }), { maxKeys: 100 }),
  },
  { requiredKeys: [] },
);

test('what a machine may say of itself is what a run’s record may hold: none spoils the record', () => {
  fc.assert(
    fc.property(forged, (changes) => {
      const read = machineSchema.safeParse(JSON.parse(JSON.stringify({ ...machine, ...changes })));
      if (!read.success) return;
      const { node, v8, platform, cpu, canary, name } = read.data;
      const more = canary === undefined ? {} : { canary };
      expect(recordedSchema.safeParse({ node, v8, platform, cpu, names: [name], ...more }).success).toBe(
        true,
      );
    }),
  );
});

test('a machine of old is read, and control sequences of a terminal are no machine’s', () => {
  expect(machineSchema.safeParse(machine).success).toBe(true);
  for (const key of ['name', 'node', 'v8', 'platform', 'cpu'])
    expect(machineSchema.safeParse({ ...machine, [key]: '\u001b[2J' }).success).toBe(false);
});
