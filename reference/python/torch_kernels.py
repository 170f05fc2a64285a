"""PyTorch under logitfuzz: its functions, and their gradients by its autograd, on one thread of the CPU."""

import torch
from torch.nn import functional

torch.set_num_threads(1)

version = torch.__version__
engine = 'CPU, ' + torch.backends.cpu.get_cpu_capability()
tensors = 'torch'
autograd = True
policy = {'zero_times_infinity': 'ieee', 'positive_infinity': 'ieee'}
# Its functions are composed of operators, each of which stores what it returns in the dtype of the tensors: cross_entropy
# is nll_loss of a stored log_softmax (aten/src/ATen/native/LossNLL.cpp), and a gradient is of what the forward stored
# (torch/csrc/autograd/FunctionsManual.cpp). Within an operator float32 adds (ATen/cpu/vec/functional_bfloat16.h).
arithmetic = {'halves': 'composed'}


def softmax(x, axis=-1):
    return torch.softmax(x, axis)


def log_softmax(x, axis=-1):
    return torch.log_softmax(x, axis)


def log_sum_exp(x, axis=-1):
    return torch.logsumexp(x, axis)


def cross_entropy(
    logits, target, axis=-1, reduction='mean', label_smoothing=0.0, weight=None, ignore_index=-100
):
    """The classes are PyTorch's axis 1 behind a batch, or alone: that of the caller is brought there."""
    if logits.ndim > 1:
        if target.ndim == logits.ndim:
            target = target.movedim(axis, 1)
        logits = logits.movedim(axis, 1)
    elif logits.ndim == 0:
        logits = logits[None]
        target = target[None] if target.is_floating_point() else target
    return functional.cross_entropy(
        logits,
        target,
        weight=weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
