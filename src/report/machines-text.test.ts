import { expect, test } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { machineLines } from './machines-text.ts';
import { renderConsole } from './render-console.ts';
import { renderMarkdown } from './render-markdown.ts';

const kind = { node: 'v20.20.0', v8: '11.3', platform: 'linux x64', cpu: 'A', names: ['a', 'b'] };
const other = { ...kind, cpu: 'B', names: ['c', 'd', 'e', 'f', 'g'], canary: { 'tfjs-node': 3 } };
const consoleOf = (run: ReturnType<typeof exampleRun>): string =>
  renderConsole(run, { color: false, width: 100 });

test('machines of several kinds are told, with who answers otherwise on them', () => {
  const run = exampleRun({ machines: [kind, other] });
  const [one, two] = [
    'Node v20.20.0 (V8 11.3), linux x64, A: a, b',
    'Node v20.20.0 (V8 11.3), linux x64, B: c, d, e, f and 1 more; tfjs-node answers 3 of 64 cases of the canary otherwise',
  ];

  expect(consoleOf(run).split('\n')).toEqual(
    expect.arrayContaining(['judged on machines of 2 kinds:', `  ${one}`, `  ${two}`]),
  );
  expect(renderMarkdown(run, [])).toContain('linux x64, B: c, d, e, f and 1 more');
});

test('machines of one kind are in the report, and no line of the summary', () => {
  const run = exampleRun({ machines: [kind] });

  expect(machineLines(run)).toEqual(['Node v20.20.0 (V8 11.3), linux x64, A: a, b']);
  expect(consoleOf(run)).not.toContain('judged on machines');
});

test('a run without a queue is of the machine that ran the command', () => {
  expect(machineLines(exampleRun({ node: 'v22.1.0', platform: 'linux arm64' }))).toEqual([
    'Node v22.1.0, linux arm64',
  ]);
});
