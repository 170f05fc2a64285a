import { render } from 'preact-render-to-string';
import { h } from 'preact';
import { expect, test } from 'vitest';
import { scaleLinear } from 'd3-scale';
import { AllowedSteps } from './allowed-steps.tsx';
import { implementationMark } from './implementation-mark.tsx';
import { verticalOf } from './plot-vertical.ts';
import type { Series } from './error-series.ts';

const column = { name: 'it', label: 'it', isSubject: true };
const point = { cases: 1, ulps: 1, notFinite: 0 };

test('what is allowed is drawn as steps: level over a column, upright between two, nothing where none is', () => {
  const points = [1, 2, 5].map((exponent) => ({ ...point, exponent, allowed: 10 ** exponent }));
  const series: Series[] = [{ column, points }];
  const x = scaleLinear([0, 10], [0, 100]);
  const props = { series, x, vertical: verticalOf('ulps', 'float32'), least: 0, format: 'float32' } as const;

  const path = /class="high" d="([^"]*)"/.exec(render(h(AllowedSteps, props)))![1]!;

  expect(path.replaceAll(/[\d.]+/g, '#')).toBe('M# #V#H#V#H#M# #V#H#');
  expect([...path.matchAll(/[MH]([\d.]+)/g)].map(([, at]) => Number(at))).toEqual([5, 15, 25, 45, 55]);
});

test('no reference has the mark of the subject, and the first thirty have each their own', () => {
  const marks = Array.from({ length: 31 }, (_, place) => implementationMark(place));
  const [subject, ...references] = marks;

  expect(
    references.filter(({ shape, colour }) => shape === subject!.shape || colour === subject!.colour),
  ).toEqual([]);
  expect(new Set(marks.map(({ shape, colour }) => `${shape} ${colour}`)).size).toBe(31);
});
