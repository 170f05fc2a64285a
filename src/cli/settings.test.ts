import { describe, expect, test } from 'vitest';
import { parseData } from '../case/parse-data.ts';
import { UsageError } from '../contract/failure.ts';
import { configSchema, keySchemas, type Config } from './config.ts';
import { asFlag, flagOf, settings, settle, type Settings, type Sources } from './settings.ts';

function settled(
  command: 'fuzz' | 'gate',
  given: { flags?: Sources['flags']; env?: Sources['environment']; config?: Config },
): Settings {
  const file = given.config === undefined ? null : { path: 'logitfuzz.config.ts', config: given.config };
  return settle(command, { flags: given.flags ?? {}, environment: given.env ?? {}, file });
}

describe('flags over environment over file over defaults', () => {
  const config = { subject: 'file.ts' };
  const env = { LOGITFUZZ_SUBJECT: 'environment.ts' };
  const flags = { subject: 'flag.ts' };

  test.each([
    [
      { flags, env, config },
      { value: 'flag.ts', from: 'flag', at: '--subject' },
    ],
    [
      { env, config },
      { value: 'environment.ts', from: 'environment', at: 'LOGITFUZZ_SUBJECT' },
    ],
    [{ config }, { value: 'file.ts', from: 'file', at: 'logitfuzz.config.ts' }],
    [{}, { value: 'from-scratch', from: 'default', at: null }],
  ])('%j', (given, expected) => {
    expect(settled('fuzz', given).subject).toEqual(expected);
  });

  test('a switch that is off on the command line outranks one that is on in the file', () => {
    expect(settled('gate', { flags: { strict: false }, config: { strict: true } }).strict?.value).toBe(false);
  });

  test('what the file says of one command counts before what it says of all', () => {
    const both = { runs: 1, gate: { runs: 2 } };

    expect(settled('gate', { config: both }).runs?.value).toBe(2);
    expect(settled('fuzz', { config: both }).runs?.value).toBe(1);
  });
});

test('the bound on the elements of a case is what the generator has, unless it is set', () => {
  const most = (given: Parameters<typeof settled>[1]): unknown => settled('gate', given).maxElements?.value;

  expect(most({})).toBe(4_194_304);
  expect(most({ env: { LOGITFUZZ_MAX_ELEMENTS: '500' }, config: { maxElements: 9 } })).toBe(500);
});

describe('time and runs are one budget', () => {
  test('a bound on the command line voids the other one of the file, and the default', () => {
    const { time, runs } = settled('fuzz', { flags: { runs: '9' }, config: { time: '5m' } });

    expect([time?.value, runs?.value]).toEqual([null, '9']);
    expect(settled('gate', { flags: { time: '5s' } }).runs?.value).toBeNull();
  });

  test('two bounds of one place both hold', () => {
    const { time, runs } = settled('fuzz', { config: { time: '5m', runs: 9 } });

    expect([time?.value, runs?.value]).toEqual(['5m', 9]);
  });
});

describe('the environment', () => {
  test('is read by the kind of each setting', () => {
    const env = {
      LOGITFUZZ_REFERENCES: 'tfjs-cpu, tfjs-wasm',
      LOGITFUZZ_RUNS: '12',
      LOGITFUZZ_STRICT: '1',
      LOGITFUZZ_SEED: '18446744073709551615',
      LOGITFUZZ_TIME: '',
    };

    const { references, runs, strict, seed, time } = settled('fuzz', { env });

    expect(references?.value).toEqual(['tfjs-cpu', 'tfjs-wasm']);
    expect([runs?.value, strict?.value, seed?.value]).toEqual([12, true, '18446744073709551615']);
    expect(time?.from).toBe('default');
  });

  test.each([
    ['LOGITFUZZ_RUNS', 'many', 'LOGITFUZZ_RUNS: runs is "many"'],
    ['LOGITFUZZ_TIME', '30', 'LOGITFUZZ_TIME: time is "30", but has to be a duration with a unit'],
    ['LOGITFUZZ_REFERENCES', 'tfjs-gpu', 'LOGITFUZZ_REFERENCES: references'],
    ['LOGITFUZZ_STRICT', 'yes', 'LOGITFUZZ_STRICT: strict is "yes"'],
    ['LOGITFUZZ_FINDINGS_EXIT', '2', 'LOGITFUZZ_FINDINGS_EXIT: findingsExit is 2'],
  ])('%s=%s is refused by its name', (variable, value, message) => {
    expect(() => settled('fuzz', { env: { [variable]: value } })).toThrow(UsageError);
    expect(() => settled('fuzz', { env: { [variable]: value } })).toThrow(message);
  });

  test('says what a campaign exits with that has findings, and nothing of that to a gate', () => {
    const env = { LOGITFUZZ_FINDINGS_EXIT: '0' };

    expect(settled('fuzz', { env }).findingsExit?.value).toBe(0);
    expect(settled('fuzz', { env: {} }).findingsExit?.value).toBe(1);
    expect(settled('gate', { env })).not.toHaveProperty('findingsExit');
  });

  test('of a job of GitHub Actions turns github on, unless it is said otherwise', () => {
    const env = { GITHUB_ACTIONS: 'true' };

    expect(settled('gate', { env }).github).toEqual({ value: true, from: 'default', at: 'GITHUB_ACTIONS' });
    expect(settled('gate', { env, config: { github: false } }).github?.value).toBe(false);
  });
});

describe('the configuration', () => {
  const parse = (config: unknown): Config => parseData(configSchema, config, { name: 'logitfuzz.config.ts' });

  test.each([
    [{ runs: 'many' }, 'logitfuzz.config.ts: runs is "many", but has to be a number'],
    [{ gate: { runs: 0 } }, 'logitfuzz.config.ts: gate.runs is 0, but has to be at least 1'],
    [{ time: 30 }, 'logitfuzz.config.ts: time is 30'],
    [{ operations: ['softmix'] }, 'logitfuzz.config.ts: operations[0] is "softmix"'],
    [{ subjekt: 'x' }, 'has the unknown key "subjekt"'],
    [{ seed: 'yesterday' }, 'logitfuzz.config.ts: seed is "yesterday"'],
    [{ shard: '3/2' }, 'logitfuzz.config.ts: shard is "3/2"'],
  ])('%j is refused by its key', (config, message) => {
    expect(() => parse(config)).toThrow(UsageError);
    expect(() => parse(config)).toThrow(message);
  });

  test('may set every key there is, for all commands and for one', () => {
    const config: Config = {
      subject: './k.ts',
      seed: 'commit',
      fuzz: { time: '5m' },
      gate: { strict: true },
    };

    expect(parse(config)).toEqual(config);
  });
});

test('every key of the configuration has a row, a variable of its own and a flag', () => {
  expect(settings.map(({ key }) => key).sort()).toEqual(Object.keys(keySchemas).sort());
  for (const { key, variable } of settings) {
    expect(variable).toBe(`LOGITFUZZ_${flagOf(key).slice(2).replaceAll('-', '_').toUpperCase()}`);
  }
});

test('a list goes to its flag as one text, an empty one as none', () => {
  const from = { from: 'file', at: 'x' } as const;

  expect(asFlag({ value: ['a', 'b'], ...from })).toBe('a,b');
  expect(asFlag({ value: [], ...from })).toBe('none');
  expect(asFlag({ value: null, ...from })).toBeUndefined();
});
