/** `logitfuzz status` against a real server, as a process: what it prints, and its exit codes. */
// @module-tag processes
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Ajv from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { queueAddress } from '../queue/address.ts';
import { certificatePath, startTls } from '../queue/fixtures/other-servers.ts';
import { freePort, startValkey, type Valkey } from '../queue/fixtures/valkey.ts';
import { openServer, type Server } from '../queue/server.ts';
import { jsonSchemaFiles } from './json-schemas.ts';
import { mainPath, temporaryFolder, type Ended } from './run-command.ts';

const need = needs('valkey', 'bullmq', 'ioredis');
const testQueue = test.skipIf(need.isSkipped);
const secret = 'Sesame';
const folder = temporaryFolder();
let valkey: Valkey;
let server: Server;

beforeAll(async () => {
  if (need.isSkipped) return;
  const users = [`user reader on >${secret} ~logitfuzz:* +@read +@connection +info`];
  valkey = await startValkey({ password: secret, users });
  server = await openServer(queueAddress(valkey.url, {}), { onTrouble: () => undefined });
});
afterAll(async () => {
  await server?.close();
  await valkey?.stop();
  folder.remove();
});

/** While a server of this process is to answer it, the command cannot be waited for as others are. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [mainPath, ...args], {
    cwd: folder.path,
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (texts[stream] += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  expect(texts.stdout + texts.stderr).not.toContain(secret);
  return { exitCode, ...texts };
}

const shown = (): string => `redis://127.0.0.1:${valkey.port}`;

const standing = {
  run: 'r1',
  seed: '18446744073709551615',
  runs: 1_000,
  timeMs: null,
  cases: 250,
  elements: 9_000,
  seconds: 5,
  rate: 50,
  findings: 2,
  subjectFindings: 1,
  causes: 1,
  jobs: { waiting: 1, active: 1 },
  machines: 1,
  slots: 2,
  lost: 0,
  phase: 'running',
  stoppedBy: null,
  path: 'reports/runs/r1',
};
const machine = {
  id: 'm1',
  name: 'alder-17',
  slots: 2,
  cases: 250,
  seconds: 5,
  rate: 50,
  job: null,
  node: 'v20.20.2',
  v8: '11.3',
  platform: 'linux x64',
  cpu: 'a CPU',
  module: null,
};

testQueue(`a campaign, by the environment alone, for a user who may only read${need.reason}`, async () => {
  await server.redis.set('logitfuzz:night:state', JSON.stringify({ run: 'r1', phase: 'running' }));
  await server.redis.set('logitfuzz:night:standing', JSON.stringify(standing));
  await server.redis.set('logitfuzz:night:machine:m1', JSON.stringify(machine));
  await server.redis.set('logitfuzz:night:machine:m2', '{"forged":true}');
  await server.redis.set('logitfuzz:night:coordinator', 'one');
  const env = {
    LOGITFUZZ_QUEUE: `redis://reader@127.0.0.1:${valkey.port}`,
    LOGITFUZZ_QUEUE_PASSWORD: secret,
    LOGITFUZZ_CAMPAIGN: 'night',
  };

  const [text, json] = await Promise.all([run(['status'], env), run(['status', '--json'], env)]);

  expect(text).toMatchObject({ exitCode: 0, stderr: '' });
  expect(text.stdout).toContain('250 of 1000 (25 %), 50/s, 15 s left');
  expect(text.stdout).toMatch(/^alder-17 +2 +50 +250 {2}- +linux x64, Node v20\.20\.2$/m);
  const document = JSON.parse(json.stdout) as object;
  expect(document).toEqual({
    schemaVersion: 1,
    command: 'status',
    exitCode: 0,
    queue: `redis://reader@127.0.0.1:${valkey.port}`,
    campaign: 'night',
    state: { run: 'r1', phase: 'running' },
    standing,
    isCoordinated: true,
    machines: [machine],
  });
  const ajv = new Ajv.default({ strict: true, allowUnionTypes: true });
  expect(ajv.validate(JSON.parse(jsonSchemaFiles().get('status.schema.json')!) as object, document)).toBe(
    true,
  );
});

testQueue(`no such campaign is 0 with a sentence, a forged standing 3${need.reason}`, async () => {
  await server.redis.set('logitfuzz:forged:standing', JSON.stringify({ ...standing, cases: -1 }));
  await server.redis.set('logitfuzz:torn:state', '{"run":"r1","pha');

  const [none, forged, torn] = await Promise.all([
    run(['status', '--queue', valkey.url]),
    run(['status', '--queue', valkey.url, '--campaign', 'forged']),
    run(['status', '--queue', valkey.url, '--campaign', 'torn', '--json']),
  ]);

  expect(none).toMatchObject({ exitCode: 0, stdout: `there is no campaign main on the queue ${shown()}\n` });
  expect(forged.exitCode).toBe(3);
  expect(forged.stderr).toContain(
    `the standing of the campaign forged on the queue ${shown()}: cases is -1, but has to be at least 0`,
  );
  expect(JSON.parse(torn.stdout)).toMatchObject({ command: 'status', exitCode: 3 });
});

testQueue(`by TLS, where the certificate's authority is named; out of reach is 3${need.reason}`, async () => {
  const tls = await startTls(valkey.port);
  const nobody = await freePort();

  const [trusted, gone] = await Promise.all([
    run(['status', '--queue', `rediss://:${secret}@localhost:${tls.port}`], {
      NODE_EXTRA_CA_CERTS: certificatePath,
    }),
    run(['status', '--queue', `redis://:${secret}@127.0.0.1:${nobody}`]),
  ]);
  tls.close();

  expect(trusted).toMatchObject({ exitCode: 0, stderr: '' });
  expect(gone).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: `logitfuzz: the queue redis://127.0.0.1:${nobody} is out of reach (ECONNREFUSED)\n`,
  });
});

test('the settings of a run, and a URL that stands where none may, are printed without the password', async () => {
  const env = { LOGITFUZZ_QUEUE: `redis://:${secret}@queue:7000/2` };

  const [printed, stray] = await Promise.all([
    run(['fuzz', '--print-config'], env),
    run(['status', `redis://:${secret}@queue`]),
  ]);

  expect((JSON.parse(printed.stdout) as { settings: object }).settings).toMatchObject({
    queue: { value: 'redis://queue:7000/2', from: 'environment', at: 'LOGITFUZZ_QUEUE' },
    campaign: { value: 'main', from: 'default' },
  });
  expect(stray.exitCode).toBe(2);
  expect(stray.stderr).toContain('Unknown argument: redis://:…@queue');
});
