import { expect, test } from 'vitest';
import { stepsOff, worked } from './how-to-read.tsx';
import { trialOf } from './page/try/trial.ts';

test('the worked element is what the oracle says of it: exact answer, bounds, verdicts', () => {
  const judged = worked.answers.map(({ text }) => {
    const answer = `${worked.others}, ${text}`;
    const trial = trialOf({ operation: 'softmax', format: 'float32', lane: worked.lane, target: '', answer });
    return trial.kind === 'trial' ? trial.elements[2]! : null;
  });

  const [element] = judged;
  expect(judged.map((one) => one?.verdict)).toEqual(worked.answers.map(({ verdict }) => verdict));
  expect(judged.map((one) => one?.ulps)).toEqual(worked.answers.map(({ text }) => Math.abs(stepsOff(text))));
  expect(element?.exact).toBe(worked.exact);
  expect(element?.carefulUlps?.toPrecision(3)).toBe(worked.careful.toPrecision(3));
  expect(element?.naiveUlps?.toPrecision(3)).toBe(worked.naive.toPrecision(3));
});
