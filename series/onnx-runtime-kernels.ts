/**
 * softmax and logSoftmax of float32 as ONNX Runtime's build for WebAssembly computes them: models of one
 * operator, asked along axis 0, to which a case's own axis is brought. The rest of what it has is not sound
 * (docs/divergences/onnxruntime.md).
 */
import { openSession } from '../src/connect/onnx/engine.ts';
import { writeOnnxModel } from '../src/connect/onnx/index.ts';
import { readModel } from '../src/connect/onnx/model.ts';
import { onnxModule } from '../src/connect/onnx/module.ts';
import { taskOf } from '../src/connect/onnx/task.ts';
import type { SubjectModule } from '../src/contract/subject.ts';

/** The package of npm, and the name of its kernels. */
export const onnxRuntimeWeb = 'onnxruntime-web';

/** @throws UsageError where the package is not installed. */
export async function onnxRuntimeKernels(): Promise<SubjectModule> {
  const modules: SubjectModule[] = [];
  for (const operator of ['Softmax', 'LogSoftmax']) {
    const bytes = writeOnnxModel({
      opset: 18,
      inputs: [{ name: 'x', type: 'float32' }],
      outputs: [{ name: 'y', type: 'float32' }],
      nodes: [{ op: operator, inputs: ['x'], outputs: ['y'], attributes: { axis: 0 } }],
    });
    const task = taskOf(readModel(bytes));
    if (typeof task === 'string') throw new Error(`the model of ${operator} ${task}`);
    const session = await openSession(bytes, { engine: onnxRuntimeWeb, user: 'a sound kernel' });
    modules.push(onnxModule(task, session, { name: onnxRuntimeWeb, version: session.version }));
  }
  return Object.assign({}, ...modules) as SubjectModule;
}
