/** What GitHub Actions reads, held to the rules by which its runner reads it. */
import { describe, expect, test } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { defuse, defusedJson, githubAnnotations, githubSummary, summaryBytesMax } from './github.ts';
import { hostileRun, hostileText, summaryOf } from './fixtures/hostile-run.ts';
import { renderConsole } from './render-console.ts';

const own = { blame: 'subject', signature: '1:a' } as const;

/** The lines that the runner takes for commands: those that begin with ::, and those with ##[ anywhere. */
function commandsIn(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => line.trimStart().startsWith('::') || line.includes('##['));
}

function decoded(command: string): { level: string; message: string } {
  const [, level, message] = /^::(\w+) [^\n]*?::(.*)$/.exec(command)!;
  return {
    level: level!,
    message: message!.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
  };
}

describe('annotations', () => {
  test('are one line each, and at most ten; the last counts the rest', () => {
    const findings = Array.from({ length: 30 }, (_, i) => summaryOf({ ...own, signature: `1:${i}` }));

    const commands = githubAnnotations(exampleRun({ findings, exitCode: 1 }));

    expect(commands).toHaveLength(10);
    expect(decoded(commands[9]!)).toEqual({ level: 'notice', message: `21 more in ${exampleRun().run}` });
    expect(commands.join('\n').split('\n')).toHaveLength(10);
  });

  test('put what fails first, as an error; what is known is a notice; references’ are none', () => {
    const findings = [
      summaryOf({ ...own, known: true }),
      summaryOf({ ...own, signature: '1:b', severity: 'inaccurate' }),
      summaryOf({ ...own, signature: '1:c' }),
      summaryOf(),
    ];

    const levels = githubAnnotations(exampleRun({ findings })).map((command) => decoded(command).level);

    expect(levels).toEqual(['error', 'warning', 'notice']);
  });

  test('tell what has grown before what is known, and by how much', () => {
    const growth = { severity: 'wrong', ratio: 2, sameCases: false } as const;
    const findings = [
      summaryOf({ ...own, known: true }),
      summaryOf({ ...own, signature: '1:b', known: true, ratio: 'Infinity', growth }),
    ];

    const [first, second] = githubAnnotations(exampleRun({ findings })).map(decoded);

    expect(first).toMatchObject({ level: 'warning' });
    expect(first!.message).toContain('2 times what is allowed when it was listed, not finite now');
    expect(second).toMatchObject({ level: 'notice' });
  });

  test('hold no command but their own, whatever the subject says', () => {
    for (const command of githubAnnotations(hostileRun({ strict: true }))) {
      expect(commandsIn(command)).toHaveLength(1);
      expect(command).toMatch(/^::(error|warning|notice) /);
    }
  });

  test('name stale entries', () => {
    const baseline = { path: 'b.json', entries: 1, fixed: ['1:x'] };

    const [first] = githubAnnotations(exampleRun({ command: 'gate', strict: true, baseline }));

    expect(decoded(first!)).toEqual({ level: 'error', message: '1 entries of b.json no longer occur:\n1:x' });
  });
});

describe('what is printed in a job', () => {
  test('holds no command once it is defused', () => {
    const text = `${hostileText}\n  ::set-output name=x::y\n${renderConsole(hostileRun(), { color: false, width: 80 })}`;

    expect(commandsIn(text).length).toBeGreaterThan(0);
    expect(commandsIn(defuse(text))).toEqual([]);
  });

  test('is the same document where it is JSON', () => {
    const value = { text: hostileText.replace('\uD800', '') };

    expect(commandsIn(defusedJson(value))).toEqual([]);
    expect(JSON.parse(defusedJson(value))).toEqual(value);
  });
});

describe('the job summary', () => {
  test('tells the verdict, the counts, and each finding with its replay command', () => {
    const text = githubSummary(exampleRun({ exitCode: 1, findings: [summaryOf(own)] }), { bytesMax: 10_000 });

    expect(text).toContain('## logitfuzz fuzz: from-scratch@0.1.0 failed (exit code 1)');
    expect(text).toContain('| from-scratch (subject) | 98 | 0 | 1 | 1 |');
    expect(text).toMatch(/^npx logitfuzz replay --case lf1\.\S+ --subject from-scratch$/m);
  });

  test('says where only the finding replays, since it needs earlier calls', () => {
    const findings = [summaryOf({ ...own, confirmed: 'after-history' })];

    const text = githubSummary(exampleRun({ exitCode: 1, findings }), { bytesMax: 10_000 });

    expect(text).toContain('npx logitfuzz replay reports/runs/x/findings/y/finding.json');
    expect(text).toContain('It needs earlier calls, which only this finding.json holds.');
    expect(text).not.toContain('--case');
  });

  test('stays below the limit, by whole sections, and counts what is left out', () => {
    const one = summaryOf(own);
    const findings = Array.from({ length: 10_000 }, (_, i) => ({ ...one, signature: `1:${i}` }));

    const text = githubSummary(exampleRun({ findings }), { bytesMax: summaryBytesMax });

    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(summaryBytesMax);
    expect(Buffer.byteLength(text)).toBeGreaterThan(summaryBytesMax / 2);
    const told = text.split('\n### ').length - 1;
    expect(text).toContain(`… and ${10_000 - told} more`);
  });

  test('is nothing where nothing is left of the limit', () => {
    expect(githubSummary(exampleRun(), { bytesMax: -5 })).toBe('');
  });

  test('holds no markup of the subject’s, outside of blocks of code', () => {
    const text = githubSummary(hostileRun(), { bytesMax: summaryBytesMax });

    const prose = text.split(/^```.*$/m).filter((_, at) => at % 2 === 0);
    expect(prose.length).toBeGreaterThan(1);
    expect(prose.join('')).not.toContain('<script>');
  });
});
