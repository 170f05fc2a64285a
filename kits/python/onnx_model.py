"""An ONNX model as kernels, run by ONNX Runtime: what `--engine python` starts the kit with.

What the model computes was read from it before, and comes as JSON in LOGITFUZZ_ONNX.
"""

import json
import os

import numpy as np
import onnxruntime
from logitfuzz_kit import Unsupported

task = json.loads(os.environ['LOGITFUZZ_ONNX'])
name = task['name']
version = 'onnxruntime-' + onnxruntime.__version__
supports = task['supports']
if 'halves' in task:
    arithmetic = {'halves': task['halves']}

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
options.log_severity_level = 4
session = onnxruntime.InferenceSession(task['path'], options, providers=['CPUExecutionProvider'])


def moved(x, axis):
    """With the axis where the model has its lanes, and that place."""
    to = task['axis'] + (x.ndim if task['axis'] < 0 else 0)
    return np.ascontiguousarray(np.moveaxis(x, axis, to)), to


def run(feeds):
    return session.run([task['output']], feeds)[0]


def lanes(x, axis=-1):
    fed, to = moved(x, axis)
    y = run({task['input']: fed})
    if task['operation'] == 'logSumExp':
        return np.reshape(y, np.delete(x.shape, axis))  # the model may keep the axis, as one of size 1
    return np.ascontiguousarray(np.moveaxis(y, to, axis))


def loss(logits, target, axis=-1, reduction='mean', weight=None, ignore_index=None):
    told = task['loss']
    fed, _ = moved(logits, axis)
    ignored = told['ignoreIndex']
    taken = target if ignore_index is None else target[target != ignore_index]
    if ignored is not None and np.any(taken == ignored):
        raise Unsupported('the model ignores the class {}'.format(ignored))
    labels = target.astype(told['labels']['type'])
    if ignore_index is not None:
        labels[target == ignore_index] = ignored
    feeds = {task['input']: fed, told['labels']['name']: labels}
    if told['weight'] is not None:
        feeds[told['weight']] = np.ones(logits.shape[axis], logits.dtype) if weight is None else weight
    return run(feeds)


globals()[task['operation']] = lanes if task['loss'] is None else loss
