import { expect, test } from 'vitest';
import { durationText, secondsLeft, statusText } from './status-text.ts';
import type { CampaignStatus } from './status.ts';
import type { MachineStanding, Standing } from './standing.ts';

const standing: Standing = {
  run: 'a1b2',
  seed: '7',
  runs: 60_000,
  timeMs: null,
  cases: 15_000,
  elements: 1_000_000,
  seconds: 30,
  rate: 500,
  findings: 12,
  subjectFindings: 3,
  causes: 1,
  jobs: { waiting: 4, active: 2 },
  machines: 2,
  slots: 3,
  lost: 0,
  phase: 'running',
  stoppedBy: null,
  path: 'reports/runs/a1b2',
};

const machine: MachineStanding = {
  id: 'm1',
  name: 'alder-17',
  slots: 2,
  cases: 9_000,
  seconds: 28,
  rate: 320.4,
  job: '0–11 by 12',
  node: 'v22.1.0',
  v8: '12.4',
  platform: 'linux x64',
  cpu: 'a CPU',
  module: null,
};
const idle: MachineStanding = {
  ...machine,
  id: 'm2',
  name: 'birch-4',
  slots: 1,
  cases: 0,
  rate: 0,
  job: null,
};

const status: CampaignStatus = {
  campaign: 'nightly',
  state: { run: 'a1b2', phase: 'running' },
  standing,
  isCoordinated: true,
  machines: [machine, idle],
};
const queue = 'redis://queue:6379';

test('a campaign is told in lines, and its workers in a table', () => {
  expect(statusText(status, { queue, width: 100 })).toBe(
    [
      'campaign nightly: running, seed 7, reports/runs/a1b2',
      '  cases      15000 of 60000 (25 %), 500/s, 90 s left',
      '  findings   12, 3 of the subject, of 1 cause',
      '  jobs       4 waiting, 2 under way',
      '  workers    2, 3 slots',
      '',
      'worker    slots  cases/s  cases  job         machine',
      'alder-17      2      320   9000  0–11 by 12  linux x64, Node v22.1.0',
      'birch-4       1        0      0  -           linux x64, Node v22.1.0',
    ].join('\n'),
  );
});

test('where the table is wider than the terminal each worker is a block, and no line is wider', () => {
  const text = statusText(status, { queue, width: 60 });

  expect(text).toContain(
    'alder-17\n  2 slots, 320/s, 9000 cases\n  0–11 by 12\n  linux x64, Node v22.1.0\nbirch-4\n  1 slot, 0/s, 0 cases\n  no job\n',
  );
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
});

test('where there is no campaign a sentence says so, and who waits for one', () => {
  const none = { ...status, state: null, standing: null, isCoordinated: false };

  expect(statusText({ ...none, machines: [] }, { queue, width: 80 })).toBe(
    'there is no campaign nightly on the queue redis://queue:6379',
  );
  expect(statusText(none, { queue, width: 80 })).toMatch(/; 2 workers waiting for it$/);
});

test('a campaign without a coordinator, one that lost cases, and one that ended say so', () => {
  const gone = statusText({ ...status, isCoordinated: false }, { queue, width: 80 });
  const lost = statusText({ ...status, standing: { ...standing, lost: 5000 } }, { queue, width: 80 });
  const over = { ...standing, phase: 'ended', stoppedBy: 'runs' } as const;
  const ended = statusText(
    { ...status, state: { run: 'a1b2', phase: 'ended' }, standing: over, isCoordinated: false, machines: [] },
    { queue, width: 80 },
  );

  expect(gone).toContain('no coordinator is at work on it: fuzz --resume RUN --queue URL');
  expect(lost).toContain('lost       5000 cases: nobody survived them');
  expect(ended).toContain('campaign nightly: ended (runs), seed 7');
  expect(ended).not.toMatch(/coordinator|left/);
});

test('what a stranger wrote moves no cursor and breaks no line', () => {
  const hostile = { ...machine, name: 'a\u001b[2Jb\nc', job: '\u202eevil' };
  const text = statusText({ ...status, machines: [hostile] }, { queue, width: 200 });

  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u202e');
  expect(text.split('\n')).toHaveLength(8);
});

test('the time that is left is the shorter of the two, and unknown where nothing is judged', () => {
  expect(secondsLeft({ ...standing, timeMs: 50_000 })).toBe(20);
  expect(secondsLeft({ ...standing, timeMs: 600_000 })).toBe(90);
  expect(secondsLeft({ ...standing, rate: 0 })).toBeNull();
  expect(secondsLeft({ ...standing, runs: null, timeMs: 10_000 })).toBe(0);
  expect(secondsLeft({ ...standing, phase: 'ended' })).toBeNull();
});

test.each([
  [0.2, '1 s'],
  [119, '119 s'],
  [600, '10 min'],
  [12_600, '3.5 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
