"""ONNX Runtime under logitfuzz: ONNX's operators on its CPU provider, one thread."""

import onnxruntime
from onnx_models import Kernels

version = onnxruntime.__version__
engine = 'CPUExecutionProvider'
supports = {'rank': [1, 6], 'cross_entropy': {'target': ['indices'], 'label_smoothing': False}}
policy = {'zero_times_infinity': 'ieee', 'positive_infinity': 'ieee'}

sessions = {}


def run(model, feeds):
    session = sessions.get(id(model))
    if session is None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
        sessions[id(model)] = session
    return session.run(None, feeds)[0]


operators = Kernels(run)
softmax = operators.softmax
log_softmax = operators.log_softmax
log_sum_exp = operators.log_sum_exp
cross_entropy = operators.cross_entropy
