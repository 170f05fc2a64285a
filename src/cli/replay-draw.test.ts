/** What replay is told that cannot be, and the case that an index is: before any process is started. */
import { afterEach, expect, test, vi } from 'vitest';
import { operations } from '../contract/subject.ts';
import { caseToJson } from '../case/case-json.ts';
import { nativeFormats } from '../float/format.ts';
import { generateCase, type CampaignSpace } from '../generate/generate-case.ts';
import { runCli } from './cli.ts';
import { parseDraw, type DrawArguments } from './replay-draw.ts';
import { settle } from './settings.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const drawn = ['--seed', '8', '--index', '1'];

test.each([
  [[], 'name what is replayed'],
  [['--case', 'lf1.eNoD'], 'damaged'],
  [['--case', 'lf1.x', '--seed', '1'], '--case is the case itself, so --seed cannot go with it'],
  [['--case', 'lf1.x', '--script'], '--script is of a finding'],
  [['--case', 'lf1.x', '--blame', 'tfjs-cp'], 'did you mean tfjs-cpu?'],
  [['src', '--case', 'lf1.x'], 'a finding holds its case, so --case cannot go with it'],
  [['--seed', '8'], '--seed needs the --index'],
  [['--index', '8'], '--index needs the --seed'],
  [['--seed', '8', '--index', 'x'], '--index "x" is not a whole number'],
  [[...drawn, '--generator', '4'], 'the index is of generator 4'],
  [[...drawn, '--kernels', 'softmix'], '"softmix" is no kernel'],
  [[...drawn, '--supports', '{"axes":1}'], 'unknown key "axes"'],
  [[...drawn, '--supports', 'last'], '--supports "last" is no JSON'],
])('replay %j is exit 2, with a sentence', async (args, sentence) => {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);

  const exitCode = await runCli(['replay', ...args]);

  expect(said.join('')).toContain(sentence);
  expect(exitCode).toBe(2);
});

const today = { name: 'mine', version: '1', kernels: ['softmax/forward', 'logSumExp/forward'] };
const restricted = { ...today, supports: { axis: 'last' }, refuses: true } as const;
const draw = (
  flags: DrawArguments & { formats?: string; maxElements?: string },
): ReturnType<typeof parseDraw> =>
  parseDraw({ seed: '3', index: '40', ...flags }, settle('fuzz', { flags, environment: {}, file: null }));
const cases = (flags: object, subject: Parameters<ReturnType<typeof parseDraw>>[0]): string =>
  JSON.stringify(
    Array.from({ length: 60 }, (_, i) => caseToJson(draw({ ...flags, index: String(i) })(subject))),
  );
const drawnFrom = (space: CampaignSpace): string =>
  JSON.stringify(
    Array.from({ length: 60 }, (_, index) => caseToJson(generateCase({ seed: 3n, index }, space))),
  );

test('an index is the case that a campaign of this subject draws', () => {
  const kernels = ['softmax', 'logSumExp'] as const;
  const { supports, refuses } = restricted;

  expect(cases({}, today)).toBe(drawnFrom({ operations, formats: nativeFormats, kernels }));
  expect(cases({}, restricted)).toBe(
    drawnFrom({ operations, formats: nativeFormats, kernels, supports, refuses }),
  );
});

test('what the command says stands before what the subject says today', () => {
  const flags = { kernels: 'softmaxBackward', formats: 'float64', maxElements: '300', supports: '{}' };
  const space = { kernels: ['softmaxBackward'], formats: ['float64'], maxElements: 300 } as const;

  const told = cases({ ...flags, refuses: false }, restricted);

  expect(told).toBe(drawnFrom({ operations, ...space }));
  expect(cases({ ...flags, refuses: true }, today)).not.toBe(told);
});
