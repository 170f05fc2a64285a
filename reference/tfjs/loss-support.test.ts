import { expect, test } from 'vitest';
import { lossSupport } from './support.ts';

test('the table says of every option of cross-entropy what each kind of reference makes of it', () => {
  const options = ['ignoreIndex', 'labelSmoothing', 'reduction', 'target=index', 'weight'];

  for (const table of Object.values(lossSupport)) expect(Object.keys(table).sort()).toEqual(options);
});
