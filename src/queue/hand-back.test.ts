import { expect, test } from 'vitest';
import { handBackIn } from './hand-back.ts';

test('what is begun once a campaign goes on again is not handed back at once', () => {
  const handBack = handBackIn();
  handBack.on('running');
  const first = handBack.signal;
  expect(first.aborted).toBe(false);
  handBack.on('handing-back');
  expect(first.aborted).toBe(true);
  handBack.on('confirming');
  expect(handBack.signal.aborted).toBe(true);

  handBack.on('running'); // its coordinator was killed, and has resumed it
  expect(handBack.signal.aborted).toBe(false);
  expect(first.aborted).toBe(true);
  handBack.on('ended');
  expect(handBack.signal.aborted).toBe(true);
});
