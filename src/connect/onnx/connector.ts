/** An ONNX model as a subject: read here first, so that no engine sees what cannot be judged. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { UsageError } from '../../contract/failure.ts';
import { packageFolder } from '../../contract/package-version.ts';
import type { SubjectModule } from '../../contract/subject.ts';
import { kitStartMs } from '../command.ts';
import type { Connected, ConnectOptions, Connecting } from '../connector.ts';
import { connectOutside } from '../connect-outside.ts';
import { processOpener } from '../process-channel.ts';
import { defaultPython, pythonKit } from '../python.ts';
import { openSession, type NodeEngine } from './engine.ts';
import { readModel, type OnnxModel } from './model.ts';
import { onnxModule } from './module.ts';
import { supportsOf, taskOf, type OnnxTask } from './task.ts';

/** What `--engine` names for a model, the default first. */
export const onnxEngines = ['onnxruntime-node', 'onnxruntime-web', 'python'] as const;

export const onnxConnector: Connecting = {
  async connect(specifier, options) {
    const { engine = onnxEngines[0] } = options;
    if (engine === 'python') return inPython(specifier, options);
    if (engine !== 'onnxruntime-node' && engine !== 'onnxruntime-web')
      throw new UsageError(`--engine ${engine} runs no ONNX model: ${onnxEngines.join(', ')} do`);
    return { kind: 'module', module: await onnxSubject(specifier, { engine }) };
  },
};

/** @throws UsageError naming the model, and why it cannot be asked. */
export async function onnxSubject(
  specifier: string,
  { engine }: { readonly engine: NodeEngine },
): Promise<SubjectModule> {
  const whose = whoseOf(specifier);
  const path = resolve(specifier);
  const task = checkedTask(path, whose);
  let session;
  try {
    session = await openSession(path, { engine, user: whose });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${whose} is refused by ${engine}: ${String((error as Error).message)}`);
  }
  return onnxModule(task, session, { name: nameOf(path), version: `${engine}-${session.version}` });
}

/** By ONNX Runtime for Python, in the kit. */
async function inPython(specifier: string, options: ConnectOptions): Promise<Connected> {
  const { python = defaultPython(), rssLimitMb } = options;
  const whose = whoseOf(specifier);
  const path = resolve(specifier);
  const task = checkedTask(path, whose);
  const name = nameOf(path);
  const open = processOpener({
    command: python,
    args: [pythonKit, resolve(packageFolder, 'kits/python/onnx_model.py')],
    whose: `${whose}, run by ONNX Runtime in ${python},`,
    rssLimitMb,
    startTimeoutMs: kitStartMs,
    environment: { LOGITFUZZ_ONNX: JSON.stringify({ ...task, name, path, supports: supportsOf(task) }) },
  });
  return connectOutside(open, name, options);
}

function whoseOf(specifier: string): string {
  return `the subject ${JSON.stringify(specifier)}`;
}

function nameOf(path: string): string {
  return basename(path, '.onnx');
}

/** Protocol buffers, and so models in one file, hold less. */
const modelBytesMax = 2 ** 31;

/** @throws UsageError naming the model, and why it cannot be asked. Starts nothing. */
export function checkedTask(path: string, whose: string): OnnxTask {
  const model = readChecked(path, whose);
  for (const location of model.externalLocations) {
    const objection = objectionTo(location, dirname(path));
    if (objection === null) continue;
    throw new UsageError(`${whose} has data in ${JSON.stringify(location)}, ${objection}`);
  }
  const task = taskOf(model);
  if (typeof task === 'string') throw new UsageError(`${whose} ${task}`);
  return task;
}

function readChecked(path: string, whose: string): OnnxModel {
  if (!existsSync(path)) throw new UsageError(`${whose} is not there: no file ${path}`);
  const stats = statSync(path);
  if (!stats.isFile()) throw new UsageError(`${whose} is no file`);
  if (stats.size >= modelBytesMax) {
    const gigabytes = (stats.size / 1e9).toFixed(1);
    throw new UsageError(
      `${whose} has ${gigabytes} GB, and a model's file has less than 2.1: it was not read`,
    );
  }
  try {
    return readModel(readFileSync(path));
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${whose} is no ONNX model: ${error.message}`);
    throw new UsageError(`${whose} cannot be read: ${(error as Error).message}`);
  }
}

/** Links are followed: what they lead to is what an engine would read. */
function objectionTo(location: string, folder: string): string | null {
  if (location === '') return 'which is no name of a file';
  const path = resolve(folder, location);
  if (isOutside(path, folder)) return 'outside of its folder: it is not opened';
  if (!existsSync(path)) return 'and there is no such file beside it';
  const isLink = isOutside(realpathSync(path), realpathSync(folder));
  return isLink ? 'a link out of its folder: it is not opened' : null;
}

function isOutside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way.startsWith('..') || isAbsolute(way);
}
