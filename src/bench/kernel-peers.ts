/**
 * Whom the from-scratch kernels are timed beside: each reference as a campaign asks it, TensorFlow.js as its
 * users call it, ONNX Runtime in WebAssembly and native. All on one thread.
 */
import { isIndexTarget, type Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { openSession, type NodeEngine, type OnnxFeed } from '../connect/onnx/engine.ts';
import { findPart } from '../connect/part.ts';
import { kernelNameOf } from '../contract/subject.ts';
import * as kernels from '../kernels/index.ts';
import { operatorModel } from '../../reference/onnx/operator-model.ts';
import type { Reference } from '../../reference/index.ts';
import { callAsWritten } from '../../reference/tfjs/as-written.ts';
import { loadTfjsCore } from '../../reference/tfjs/module.ts';
import { argumentsOf } from '../subjects/kernel-arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { AbsentPeer } from './bench-job.ts';

/** One call of one kernel, whose arguments are ready. */
export type KernelCall = () => Tensor | null | Promise<Tensor | null>;

export interface KernelPeer {
  readonly name: string;
  /** Null where it has no such kernel. */
  prepare(c: Case): KernelCall | null | Promise<KernelCall | null>;
}

type Kernel = (...args: readonly unknown[]) => Tensor;

/** The call and its arguments, of which the options are the last. */
function ownCall(c: Case): { readonly kernel: Kernel; readonly args: readonly unknown[] } {
  const kernel = kernels[kernelNameOf(c.operation, c.direction)] as Kernel;
  return { kernel, args: argumentsOf(c, ({ tensor }) => tensor) };
}

const fromScratch: KernelPeer = {
  name: 'from-scratch',
  prepare(c) {
    const { kernel, args } = ownCall(c);
    return () => kernel(...args);
  },
};

/** Its result is written into one tensor again and again. */
const fromScratchInto: KernelPeer = {
  name: 'from-scratch, out',
  prepare(c) {
    const { kernel, args } = ownCall(c);
    const out = kernel(...args);
    const withOut = [...args.slice(0, -1), { ...(args.at(-1) as object), out }];
    return () => kernel(...withOut);
  },
};

/** Those that are there, and why the others are not. */
export interface Peers {
  readonly peers: readonly KernelPeer[];
  readonly absent: readonly AbsentPeer[];
}

/** In the order of the table's columns. */
export async function loadPeers(references: readonly Reference[]): Promise<Peers> {
  const loaded: (KernelPeer | AbsentPeer)[] = [fromScratch, fromScratchInto];
  for (const reference of references) loaded.push(...(await peersOf(reference)));
  for (const engine of ['onnxruntime-web', 'onnxruntime-node'] as const) loaded.push(onnxPeer(engine));
  return {
    peers: loaded.filter((one): one is KernelPeer => 'prepare' in one),
    absent: loaded.filter((one): one is AbsentPeer => 'reason' in one),
  };
}

/** As a campaign asks it; and as its users call it, where it has the public API of TensorFlow.js. */
async function peersOf(reference: Reference): Promise<(KernelPeer | AbsentPeer)[]> {
  const { name, plainLoopBackend } = reference;
  const loaded = await reference.load();
  if (loaded.kind === 'missing') return [{ name, reason: `${loaded.reason}; ${loaded.remedy}` }];
  const { implementation } = loaded;
  const asked: KernelPeer = {
    name,
    prepare: (c) =>
      implementation.declines(c) === null
        ? () => {
            const outcome = implementation.run(c);
            return outcome instanceof Promise ? outcome.then(tensorIn) : tensorIn(outcome);
          }
        : null,
  };
  if (plainLoopBackend === null || plainLoopBackend === 'cpu') return [asked];
  const asWritten: KernelPeer = {
    name: `${name}, as written`,
    prepare: (c) =>
      implementation.declines(c) === null ? callAsWritten(loadTfjsCore(), plainLoopBackend, c) : null,
  };
  return [asked, asWritten];
}

function tensorIn(outcome: Outcome): Tensor | null {
  return outcome.kind === 'values' ? outcome.tensor : null;
}

/** ONNX Runtime's operators, each a model whose session is open; it has no gradients. */
function onnxPeer(engine: NodeEngine): KernelPeer | AbsentPeer {
  if (findPart(engine) === null)
    return { name: engine, reason: `no package ${engine}; npm install ${engine}` };
  return {
    name: engine,
    async prepare(c) {
      const { operation, direction, logits, axis, loss } = c;
      if (direction !== 'forward') return null;
      const model = operatorModel({
        operation,
        format: 'float32',
        rank: logits.shape.length,
        axis,
        ...(loss === undefined ? {} : { loss: { reduction: loss.reduction, isWeighted: false } }),
      });
      const session = await openSession(model, { engine, user: 'bench' });
      const feeds = {
        x: { type: 'float32', data: logits.data, dims: logits.shape },
        ...labelsOf(c),
      } as const;
      return async () => {
        const { y } = await session.run(feeds as Readonly<Record<string, OnnxFeed>>);
        return { shape: y!.dims, data: y!.data as Float32Array };
      };
    },
  };
}

function labelsOf({ loss }: Case): { readonly labels?: OnnxFeed } {
  if (loss === undefined || !isIndexTarget(loss.target)) return {};
  const { shape, data } = loss.target;
  return { labels: { type: 'int64', data: BigInt64Array.from(data, BigInt), dims: shape } };
}
