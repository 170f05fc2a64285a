"""Kernels in Python under logitfuzz: speaks the protocol lfz/1 for a module of functions. Judges nothing.

    python logitfuzz_kit.py kernels.py [--autograd]
    python -m logitfuzz_kit package.kernels

The module has any of the nine kernels, by logitfuzz's names or in snake_case, over NumPy arrays:

    def softmax(x, axis=-1): ...
    def cross_entropy(logits, target, axis=-1, reduction='mean', label_smoothing=0, weight=None, ignore_index=None): ...

docs/python.md has the rest. One file, so that it can be copied; NumPy is all that it needs, Python 3.9 or later.
"""

import os
import sys

OLDEST = (3, 9)
VERSION = '0.2'
PROTOCOL = 1
MAGIC = 0x315A464C
HELLO, WELCOME, RUN, RESULTS, STOP, FAIL = 1, 2, 3, 4, 5, 6
MAX_FRAME_BYTES = 64 * 1024 * 1024
TEXT_BYTES_MAX = 500

# The number of a kernel in a record is its place here.
KERNELS = (
    'softmax',
    'softmaxBackward',
    'logSoftmax',
    'logSoftmaxBackward',
    'logSumExp',
    'logSumExpBackward',
    'crossEntropy',
    'crossEntropyBackward',
    'crossEntropyTargetBackward',
)
# The number of a format in a record is its place here.
FORMATS = ('float32', 'float64', 'float16', 'bfloat16')
BFLOAT16 = 3
SHIFTS = (2, 3, 1, 1)  # the logarithms of the bytes of their numbers
ECHO = 255  # offered where LOGITFUZZ_CONFORMANCE=1: what logitfuzz doctor asks
FIRST_LOSS = 6
REDUCTIONS = ('mean', 'sum', 'none')
HAS_DY, HAS_INDICES, HAS_PROBABILITIES, HAS_WEIGHT, HAS_IGNORE_INDEX = 1, 2, 4, 8, 16
AXIS_LEFT_OUT, DEFAULTS_NAMED = 1, 2


class Unsupported(Exception):
    """Raised by a kernel that declines a case: a skip, with this reason. NotImplementedError is one too."""

    code = 'ERR_UNSUPPORTED'


class Violation(Exception):
    """What a kernel returned is no array of numbers."""


class Bits:
    """An array of bfloat16 as words of 16 bits: NumPy by itself has no such dtype, and ml_dtypes need not be there."""

    def __init__(self, words):
        self.words = words


class Streams:
    """The pipe to logitfuzz, taken away from everything that prints, and what was printed instead."""

    def __init__(self):
        if os.name == 'nt':
            import msvcrt

            for descriptor in (0, 1):
                msvcrt.setmode(descriptor, os.O_BINARY)
        self.input = os.fdopen(os.dup(0), 'rb', buffering=0)
        self.output = os.fdopen(os.dup(1), 'wb', buffering=0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self.is_seen = self.catch_prints()
        self.flush_stdio = stdio_flusher()

    def catch_prints(self):
        import tempfile

        try:
            handle, path = tempfile.mkstemp(prefix='logitfuzz-printed-')
            os.close(handle)
            flags = os.O_RDWR | os.O_APPEND | getattr(os, 'O_BINARY', 0) | getattr(os, 'O_TEMPORARY', 0)
            handle = os.open(path, flags)
            if os.name != 'nt':
                os.unlink(path)
        except OSError:
            os.dup2(2, 1)
            return False
        if handle != 1:  # as it is where a kernel has closed it
            os.dup2(handle, 1)
            os.close(handle)
        return True

    def printed(self):
        """What descriptor 1 was given since the last look, as a sentence, or None."""
        for stream in (sys.stdout, sys.__stdout__):
            try:
                stream.flush()
            except Exception:
                pass  # closed, or replaced by something else: what it holds is not printed
        self.flush_stdio()
        if not self.is_seen:
            return None
        try:
            if os.fstat(1).st_size == 0:
                return None
            os.lseek(1, 0, os.SEEK_SET)
            text = os.read(1, 400).decode('utf-8', 'replace')
            os.ftruncate(1, 0)
        except OSError:  # the kernel closed or replaced it
            self.is_seen = self.catch_prints()
            return None
        return 'the call printed ' + quoted(text[:80])

    def read(self, length):
        """So many bytes, writable, or None where the input has ended."""
        data = bytearray(length)
        view = memoryview(data)
        have = 0
        while have < length:
            count = self.input.readinto(view[have:])
            if count is None:
                wait(self.input, for_writing=False)
            elif count == 0:
                return None
            else:
                have += count
        view.release()
        return data

    def write(self, data):
        view = memoryview(data)
        while len(view) > 0:
            count = self.output.write(view)
            if count is None:
                wait(self.output, for_writing=True)
            else:
                view = view[count:]


def wait(stream, for_writing):
    """Until a descriptor that somebody made non-blocking is ready."""
    import select

    select.select([] if for_writing else [stream], [stream] if for_writing else [], [])


def stdio_flusher():
    """fflush(NULL): what a C library has printed lies in the buffer of its stdio."""
    try:
        import ctypes

        flush = (ctypes.cdll.ucrtbase if os.name == 'nt' else ctypes.CDLL(None)).fflush
        flush.argtypes = [ctypes.c_void_p]
        flush(None)
    except Exception:
        return lambda: None
    return lambda: flush(None)


def main(arguments=None):
    streams = Streams()
    message = None
    session = None
    try:
        session = Session(parse(sys.argv[1:] if arguments is None else arguments), streams)
    except BaseException as error:
        message = str(error) if isinstance(error, Refused) else first_text(error)
        if not isinstance(error, Refused):
            import traceback

            traceback.print_exc()
    printed = streams.printed()
    if printed is not None:
        sys.stderr.write(printed.replace('the call', 'the module', 1) + '\n')
    sys.exit(serve(streams, session, message))


class Refused(Exception):
    """The kit cannot start; its text is for the user."""


def parse(arguments):
    options = {'module': None, 'autograd': False}
    for argument in arguments:
        if argument == '--autograd':
            options['autograd'] = True
        elif argument.startswith('-') or options['module'] is not None:
            raise Refused('logitfuzz_kit.py takes one module and --autograd, not ' + argument)
        else:
            options['module'] = argument
    if options['module'] is None:
        raise Refused('which module? python logitfuzz_kit.py kernels.py [--autograd]')
    return options


def serve(streams, session, message):
    """Frames until the input ends or says stop. Returns the exit code."""
    import json
    import struct

    header = struct.Struct('<IIII')

    def send(kind, sequence, body):
        streams.write(header.pack(MAGIC, kind, sequence, len(body)) + body)

    def fail(sequence, text):
        send(FAIL, sequence, json.dumps({'message': text}).encode())
        sys.stderr.flush()
        os._exit(70)

    while True:
        head = streams.read(16)
        if head is None:
            break
        magic, kind, sequence, length = header.unpack(head)
        if magic != MAGIC:
            fail(0, 'no frame of lfz/1: ' + repr(bytes(head)))
        if kind == STOP:
            break
        if length > MAX_FRAME_BYTES:
            fail(sequence, 'a frame of {} bytes, more than {}'.format(length, MAX_FRAME_BYTES))
        body = streams.read(length)
        if body is None:
            break
        if kind == HELLO:
            protocols = json.loads(bytes(body).decode()).get('protocols', [])
            if PROTOCOL not in protocols:
                fail(sequence, 'speaks protocol {}, not one of {}'.format(PROTOCOL, protocols))
            if session is None:
                fail(sequence, message)
            send(WELCOME, sequence, json.dumps(session.welcome()).encode())
        elif kind == RUN and session is not None:
            send(RESULTS, sequence, session.run(body))
        else:
            fail(sequence, 'a frame of type {} was not expected'.format(kind))
    sys.stderr.flush()
    os._exit(0)  # a thread that a kernel left behind holds nobody up


class Case:
    """One call, as `run_many` of a module gets it: arrays of its own, and the options as the contract has them."""

    __slots__ = (
        'kernel', 'kernel_number', 'format', 'x', 'target', 'dy', 'weight', 'axis', 'lane_axis', 'reduction',
        'label_smoothing', 'ignore_index', 'form', 'flags', 'start', 'end', 'indices', 'arrays',
    )  # fmt: skip


class Session:
    """A user's module, and how its kernels are called."""

    def __init__(self, options, streams):
        if sys.version_info[:2] < OLDEST:
            raise Refused('Python {}.{} or later is needed, and {} is {}'.format(
                OLDEST[0], OLDEST[1], sys.executable, sys.version.split()[0]))  # fmt: skip
        try:
            import numpy
        except ImportError as error:
            raise Refused('NumPy is not there for {0} ({1}). Get it: {0} -m pip install numpy'.format(
                sys.executable, error))  # fmt: skip
        import struct
        import warnings

        numpy.seterr(all='ignore')  # an overflow on the way is the judge's business
        warnings.simplefilter('ignore')
        self.numpy = numpy
        self.streams = streams
        self.module = load(options['module'])
        self.tensors = getattr(self.module, 'tensors', None)
        autograd = options['autograd'] or getattr(self.module, 'autograd', False)
        self.kernels = find_kernels(self.module, self.tensors, autograd)
        self.run_many = getattr(self.module, 'run_many', None)
        self.is_conformance = os.environ.get('LOGITFUZZ_CONFORMANCE') == '1'
        self.record = struct.Struct('<IBBBBiIdiBBH')
        self.answer_head = struct.Struct('<IIII')
        self.counts = struct.Struct('<II')
        self.dims = [struct.Struct('<{}I'.format(rank)) for rank in range(65)]
        self.formats = {'f': 0, 'd': 1, 'e': 2}
        self.bfloat16 = bfloat16_dtype(numpy)
        if self.run_many is None and not self.kernels:
            raise Refused('{} has none of the kernels: {}'.format(options['module'], ', '.join(KERNELS)))
        self.adapters = {'numpy': Numpy(numpy, self.bfloat16)}
        for kind in {kernel.tensors for kernel in self.kernels.values()} | {self.tensors or 'numpy'}:
            if kind != 'numpy':
                self.adapters[kind] = {'torch': Torch, 'jax': Jax}[kind](numpy)

    def welcome(self):
        module = self.module
        declared = getattr(module, 'kernels', None)
        kernels = list(self.kernels) if declared is None else [camel(name) for name in declared]
        if self.is_conformance:
            kernels.append('echo')
        said = {
            'protocol': PROTOCOL,
            'kit': 'logitfuzz-py ' + VERSION,
            'name': getattr(module, 'name', module.__name__.rpartition('.')[2]),
            'version': getattr(module, 'version', getattr(module, '__version__', None)),
            'language': 'Python ' + sys.version.split()[0],
            'engine': getattr(module, 'engine', None) or ', '.join(a.engine() for a in self.adapters.values()),
            'kernels': kernels,
            'formats': FORMATS,
            'supports': self.supports(),
            'arithmetic': with_our_keys(getattr(module, 'arithmetic', None)),
            'refuses': getattr(module, 'refuses', None),
            'policy': with_our_keys(getattr(module, 'policy', None)),
            'maxFrameBytes': MAX_FRAME_BYTES,
        }
        return {key: value for key, value in said.items() if value is not None}

    def supports(self):
        """As the module declares, and where it does not, as the parameters of its functions tell."""
        supports = with_our_keys(getattr(self.module, 'supports', None)) or {}
        kernels = list(self.kernels.values())
        if self.run_many is not None or not kernels:
            return supports or None
        if all(kernel.axis is None for kernel in kernels):
            supports.setdefault('axis', 'last')
        losses = [kernel for kernel in kernels if kernel.is_loss]
        if losses:
            loss = {}
            if all(kernel.smoothing is None for kernel in losses):
                loss['labelSmoothing'] = False
            if not any(kernel.takes('weight') for kernel in losses):
                loss['weight'] = False
            if all(kernel.ignore is None for kernel in losses):
                loss['ignoreIndex'] = False
            if not any(kernel.takes('reduction') for kernel in losses):
                loss['reduction'] = ['mean']
            loss.update(supports.get('crossEntropy', {}))
            if loss:
                supports['crossEntropy'] = loss
        return supports or None

    def run(self, body):
        """The body of a `results` frame for that of a `run` frame."""
        frame = Frame(self.numpy, body, self.bfloat16)
        count = self.counts.unpack_from(body)[0]
        parts = [self.counts.pack(count, 0)]
        if self.run_many is None:
            parts.extend(self.answer(frame, case, self.call) for case in self.cases(frame))
        else:
            parts.extend(self.answer_many(frame, list(self.cases(frame))))
        return b''.join(parts)

    def cases(self, frame):
        at = 8
        for _ in range(self.counts.unpack_from(frame.body)[0]):
            case = self.read_case(frame, at)
            yield case
            at = case.end

    def read_case(self, frame, at):
        length, kernel, form_at, reduction, flags, axis, rank, smoothing, ignored, form, _, lane_axis = (
            self.record.unpack_from(frame.body, at)
        )
        case = Case()
        case.start = at + 32 + ((4 * rank + 7) & -8)
        case.end = at + length
        case.kernel_number = kernel
        case.kernel = KERNELS[kernel] if kernel != ECHO else 'echo'
        case.format = FORMATS[form_at]
        case.form = form
        case.flags = flags
        case.axis = axis
        case.lane_axis = lane_axis
        case.reduction = REDUCTIONS[reduction]
        case.label_smoothing = smoothing
        case.ignore_index = ignored if flags & HAS_IGNORE_INDEX else None
        case.indices = None
        data = frame.floats[form_at]
        shift = SHIFTS[form_at]
        shape = self.dims[rank].unpack_from(frame.body, at + 32)
        at = case.start
        elements = 1
        for size in shape:
            elements *= size
        first = at >> shift
        case.x = x = data[first : first + elements].reshape(shape)
        arrays = {'logits': x}
        if flags:
            at += ((elements << shift) + 7) & -8
            lanes = shape[:lane_axis] + shape[lane_axis + 1 :]
            lane_count = 1
            for size in lanes:
                lane_count *= size
            if flags & HAS_INDICES:
                first = at >> 2
                case.target = frame.int32[first : first + lane_count].reshape(lanes)
                arrays['target'] = case.target
                at += (4 * lane_count + 7) & -8
            elif flags & HAS_PROBABILITIES:
                first = at >> shift
                case.target = data[first : first + elements].reshape(shape)
                arrays['target'] = case.target
                at += ((elements << shift) + 7) & -8
            if flags & HAS_DY:
                if kernel < 4:
                    dy_shape, dy_count = shape, elements
                elif kernel < 6 or reduction == 2:
                    dy_shape, dy_count = lanes, lane_count
                else:
                    dy_shape, dy_count = (), 1
                first = at >> shift
                case.dy = data[first : first + dy_count].reshape(dy_shape)
                arrays['dy'] = case.dy
                at += ((dy_count << shift) + 7) & -8
            if flags & HAS_WEIGHT:
                classes = shape[lane_axis] if rank else 1
                first = at >> shift
                case.weight = data[first : first + classes]
                arrays['weight'] = case.weight
            else:
                case.weight = None
        else:
            case.weight = None
        case.arrays = arrays
        return case

    def call(self, case):
        """What the kernel of a case returned, called as its form says."""
        if case.kernel_number == ECHO:
            return echo(case)
        kernel = self.kernels.get(case.kernel)
        if kernel is None:
            raise Unsupported('no kernel ' + case.kernel)
        adapter = self.adapters[kernel.tensors]
        adapter.bring(case)
        return kernel.call(case, adapter)

    def answer(self, frame, case, call):
        """One record of the results: the call, and what it left behind."""
        seen = []
        is_values = True
        try:
            values, number = self.to_array(call(case))
            answer = self.values(values, number)
            if self.is_aliased(frame, case, values):
                seen.append(violation('output-aliased', 'the result shares memory with an argument'))
        except Violation as error:
            answer = b''
            seen.append(violation('not-a-tensor', str(error)))
        except BaseException as error:
            answer, is_unsupported = self.thrown(error)
            self.streams.printed()  # is not told of beside it
            if is_unsupported:
                return answer
            is_values = False
        printed = self.streams.printed() if is_values else None
        if printed is not None:
            seen.append(violation('printed', printed))
        if frame.body[case.start : case.end] != frame.original[case.start : case.end] or case.indices is not None:
            seen.extend(self.written(frame, case))
        if not seen:
            return answer
        import json

        text = json.dumps(seen).encode()
        length = len(text)
        text += bytes(-length % 8)
        return self.answer_head.pack(16 + len(text) + len(answer), 3, length, 0) + text + answer

    def is_aliased(self, frame, case, values):
        numpy = self.numpy
        if not numpy.may_share_memory(values, frame.bytes):
            return False
        return any(numpy.shares_memory(values, array) for array in case.arrays.values())

    def written(self, frame, case):
        """A violation for each argument that does not hold what it held; another NaN is no other number."""
        numpy = self.numpy
        for name, array in case.arrays.items():
            start = array.__array_interface__['data'][0] - frame.bytes.__array_interface__['data'][0]
            held = numpy.frombuffer(frame.original, array.dtype, array.size, start).reshape(array.shape)
            if name != 'target' or not case.flags & HAS_INDICES:
                array, held = self.comparable(array), self.comparable(held)
            is_same = numpy.array_equal(array, held, equal_nan=array.dtype.kind == 'f')
            if is_same and array.dtype.kind == 'f':
                is_same = bool(((numpy.signbit(array) == numpy.signbit(held)) | numpy.isnan(held)).all())
            if name == 'target' and case.indices is not None:
                is_same = is_same and numpy.array_equal(case.indices, held)
            if not is_same:
                yield violation('input-written', 'the call wrote to its argument ' + name)

    def comparable(self, array):
        """The array, or one of bfloat16 as float32, of which it is the upper half."""
        numpy = self.numpy
        if array.dtype.kind == 'f':
            return array
        return (array.view(numpy.uint16).astype(numpy.uint32) << 16).view(numpy.float32)

    def answer_many(self, frame, cases):
        """The answers of the module's own `run_many`. What is not well is asked again, case by case."""
        adapter = self.adapters[self.tensors or 'numpy']
        try:
            for case in cases:
                adapter.bring(case)
            returned = list(self.run_many(cases))
        except BaseException:
            returned = []
        if len(returned) == len(cases) and self.streams.printed() is None and cases[0].kernel_number != ECHO:
            return [self.answer(frame, case, lambda _, one=one: given(one)) for case, one in zip(cases, returned)]
        fresh = Frame(self.numpy, frame.original, self.bfloat16)
        return [self.answer(fresh, case, self.call_alone) for case in self.cases(fresh)]

    def call_alone(self, case):
        if case.kernel_number == ECHO:
            return echo(case)
        self.adapters[self.tensors or 'numpy'].bring(case)
        returned = list(self.run_many([case]))
        if len(returned) != 1:
            raise Violation('run_many returned {} answers to one case'.format(len(returned)))
        return given(returned[0])

    def to_array(self, returned):
        """The array that was returned, and the number of its format."""
        numpy = self.numpy
        if type(returned) is not numpy.ndarray:
            if hasattr(returned, 'detach'):  # of a graph, or on another device
                returned = returned.detach().cpu()
                if str(returned.dtype) == 'torch.bfloat16':  # NumPy cannot be had of it
                    returned = Bits(words_of(returned))
            if type(returned) is Bits:
                return returned.words, BFLOAT16
            if hasattr(returned, '__array__') and not isinstance(returned, type):
                values = numpy.asarray(returned)
            elif hasattr(returned, '__dlpack__'):
                values = numpy.from_dlpack(returned)
            else:
                raise Violation('a {}, and no array'.format(type(returned).__name__))
            returned = values
        if returned.dtype.char in self.formats:
            return returned, self.formats[returned.dtype.char]
        if self.bfloat16 is not None and returned.dtype == self.bfloat16:
            return returned, BFLOAT16
        raise Violation('an array of {}'.format(returned.dtype))

    def values(self, array, number):
        shape = array.shape
        rank = len(shape)
        dtype = array.dtype
        if array.nbytes > MAX_FRAME_BYTES:
            raise Violation('an array of the shape {}, {} bytes'.format(list(shape), array.nbytes))
        if not dtype.isnative:
            array = array.astype(dtype.newbyteorder('='))
        data = array.tobytes()
        size = len(data)
        dims = self.dims[rank].pack(*shape)
        if rank & 1:
            dims += b'\0\0\0\0'
        if size & 7:
            data += bytes(-size & 7)
        return self.answer_head.pack(16 + len(dims) + len(data), 0, rank, number) + dims + data

    def thrown(self, error):
        is_unsupported = isinstance(error, NotImplementedError) or getattr(error, 'code', None) == Unsupported.code
        text = clipped((str(error) or type(error).__name__) if is_unsupported else first_text(error))
        length = len(text)
        text += bytes(-length % 8)
        return self.answer_head.pack(16 + len(text), 1 if is_unsupported else 2, length, 0) + text, is_unsupported


class Frame:
    """The body of a frame, which the kernels' arrays are views of, and what it held."""

    def __init__(self, numpy, original, bfloat16):
        self.original = original
        self.body = body = bytearray(original)
        self.bytes = numpy.frombuffer(body, numpy.uint8)
        kinds = (numpy.float32, numpy.float64, numpy.float16, bfloat16 or numpy.uint16)
        self.floats = [numpy.frombuffer(body, kind) for kind in kinds]
        self.int32 = numpy.frombuffer(body, numpy.int32)


def bfloat16_dtype(numpy):
    """NumPy's dtype for it, which the package ml_dtypes brings; None without."""
    try:
        import ml_dtypes
    except ImportError:
        return None
    return numpy.dtype(ml_dtypes.bfloat16)


def words_of(tensor):
    """The words of 16 bits of a tensor of PyTorch, over the same memory."""
    import torch

    return tensor.view(torch.int16).numpy().view('uint16')


def given(value):
    if isinstance(value, BaseException):
        raise value
    return value


def quoted(text):
    import json

    return json.dumps(text, ensure_ascii=False)


def violation(kind, detail):
    return {'kind': kind, 'detail': detail[:400]}


def first_text(error):
    text = str(error)
    return type(error).__name__ + (': ' + text if text else '')


def clipped(text):
    """UTF-8 of at most 500 bytes, cut between characters."""
    return text.encode('utf-8', 'replace')[:TEXT_BYTES_MAX].decode('utf-8', 'ignore').encode()


def load(name):
    """The user's module: a file, or the name of a module on the path."""
    import importlib
    import importlib.util

    sys.modules.setdefault('logitfuzz_kit', sys.modules[__name__])
    if not name.endswith('.py') and not os.path.exists(name):
        sys.path.insert(0, os.getcwd())
        return importlib.import_module(name)
    if not os.path.isfile(name):
        raise Refused('there is no file ' + name)
    path = os.path.abspath(name)
    sys.path.insert(0, os.path.dirname(path))
    stem = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


def snake(name):
    return ''.join('_' + letter.lower() if letter.isupper() else letter for letter in name)


def camel(name):
    first, *rest = name.split('_')
    return first + ''.join(word.capitalize() for word in rest)


def with_our_keys(data):
    if not isinstance(data, dict):
        return data
    return {camel(key): with_our_keys(value) for key, value in data.items()}


def find_kernels(module, tensors, autograd):
    """The kernels of a module by our names, in our order; by autograd also the gradients of its forwards."""
    found = {}
    for name in KERNELS:
        function = getattr(module, name, None) or getattr(module, snake(name), None)
        if callable(function):
            found[name] = Kernel(name, function, tensors)
    if autograd:
        for name, forward in list(found.items()):
            for backward in (name + 'Backward',) + (('crossEntropyTargetBackward',) if name == 'crossEntropy' else ()):
                if 'Backward' not in name and backward not in found:
                    if forward.tensors == 'numpy':
                        raise Refused('autograd needs a {} of PyTorch or JAX: tensors = \'torch\''.format(name))
                    found[backward] = Derived(backward, forward)
    return {name: found[name] for name in KERNELS if name in found}


class Kernel:
    """A function of the user's, and which options its parameters name."""

    def __init__(self, name, function, tensors):
        import inspect

        self.name = name
        self.function = function
        self.is_loss = KERNELS.index(name) >= FIRST_LOSS
        try:
            parameters = inspect.signature(function).parameters
        except (TypeError, ValueError):
            parameters = {}
        self.parameters = parameters
        self.takes_all = not parameters or any(p.kind == p.VAR_KEYWORD for p in parameters.values())
        self.axis = self.named('axis', 'dim')
        default = parameters[self.axis].default if self.axis in parameters else inspect.Parameter.empty
        # Also of a function of a library in C, which may have no signature to look at.
        self.needs_axis = (self.axis in parameters or not parameters) and default in (None, inspect.Parameter.empty)
        self.smoothing = self.named('label_smoothing', 'labelSmoothing')
        self.ignore = self.named('ignore_index', 'ignoreIndex')
        self.tensors = tensors or tensors_of(next(iter(parameters.values()), None))

    def named(self, *names):
        """The one of these names that the function has, the first where it takes any, else None."""
        for name in names:
            if name in self.parameters:
                return name
        return names[0] if self.takes_all else None

    def takes(self, name):
        return self.takes_all or name in self.parameters

    def call(self, case, adapter):
        return self.function(*self.arguments(case), **self.options(case))

    def arguments(self, case):
        if self.is_loss:
            return (case.x, case.target, case.dy) if case.flags & HAS_DY else (case.x, case.target)
        return (case.x, case.dy) if case.flags & HAS_DY else (case.x,)

    def options(self, case):
        options = {}
        if case.form != AXIS_LEFT_OUT or self.needs_axis:
            if self.axis is not None:
                options[self.axis] = case.axis
            elif case.x.ndim and case.lane_axis != case.x.ndim - 1:
                raise Unsupported(self.name + ' takes no axis')
        if self.is_loss:
            self.add_loss_options(options, case, case.form == DEFAULTS_NAMED)
        return options

    def add_loss_options(self, options, case, names_all):
        if case.reduction != 'mean' or (names_all and self.takes('reduction')):
            options[self.needed('reduction')] = case.reduction
        if case.label_smoothing != 0 or (names_all and self.smoothing):
            options[self.needed('label_smoothing', self.smoothing)] = case.label_smoothing
        if case.weight is not None:
            options[self.needed('weight')] = case.weight
        elif names_all and self.is_none('weight'):
            options['weight'] = None
        if case.ignore_index is not None:
            options[self.needed('ignore_index', self.ignore)] = case.ignore_index
        elif names_all and self.ignore and self.is_none(self.ignore):
            options[self.ignore] = None

    def needed(self, option, name=''):
        if name is None or (name == '' and not self.takes(option)):
            raise Unsupported('{} takes no {}'.format(self.name, option))
        return name or option

    def is_none(self, name):
        """Whether None is how the function itself says that there is no such option."""
        return name in self.parameters and self.parameters[name].default is None


class Derived(Kernel):
    """The gradient of a forward kernel by the automatic differentiation of its library."""

    def __init__(self, name, forward):
        self.name = name
        self.forward = forward
        self.is_loss = forward.is_loss
        self.tensors = forward.tensors
        self.axis, self.smoothing, self.ignore = forward.axis, forward.smoothing, forward.ignore
        self.needs_axis = forward.needs_axis
        self.takes_all, self.parameters = forward.takes_all, forward.parameters
        self.is_of_target = name == 'crossEntropyTargetBackward'

    def call(self, case, adapter):
        options = self.forward.options(case)
        function = self.forward.function
        if not self.is_loss:
            return adapter.gradient(lambda x: function(x, **options), case.x, case.dy)
        if self.is_of_target:
            return adapter.gradient(lambda t: function(case.x, t, **options), case.target, case.dy)
        return adapter.gradient(lambda x: function(x, case.target, **options), case.x, case.dy)


def tensors_of(parameter):
    """Which library's tensors a parameter is annotated with."""
    text = '' if parameter is None or parameter.annotation is parameter.empty else str(parameter.annotation)
    if 'torch' in text or ('Tensor' in text and 'torch' in sys.modules):
        return 'torch'
    if 'jax' in text or 'jnp' in text:
        return 'jax'
    return 'numpy'


class Numpy:
    """Arrays as they are; those of bfloat16 have the dtype of ml_dtypes."""

    def __init__(self, numpy, bfloat16):
        self.numpy = numpy
        self.has_bfloat16 = bfloat16 is not None

    def engine(self):
        return 'NumPy ' + self.numpy.__version__

    def bring(self, case):
        if case.format == 'bfloat16' and not self.has_bfloat16:
            install = sys.executable + ' -m pip install ml_dtypes'
            raise Unsupported('bfloat16 needs the package ml_dtypes. Get it: ' + install)


class Torch:
    """PyTorch tensors over the same memory; class indices as int64, which PyTorch takes."""

    def __init__(self, numpy):
        import torch

        self.numpy, self.torch = numpy, torch

    def engine(self):
        return 'PyTorch {}, {} thread(s)'.format(self.torch.__version__, self.torch.get_num_threads())

    def bring(self, case):
        bring = self.half if case.format == 'bfloat16' else self.torch.from_numpy
        case.x = bring(case.x)
        if case.flags & HAS_INDICES:
            case.indices = case.target.astype(self.numpy.int64)
            case.target = self.torch.from_numpy(case.indices)
        elif case.flags & HAS_PROBABILITIES:
            case.target = bring(case.target)
        if case.flags & HAS_DY:
            case.dy = bring(case.dy)
        if case.weight is not None:
            case.weight = bring(case.weight)

    def half(self, array):
        """A tensor of bfloat16 over the memory of an array of it."""
        return self.torch.from_numpy(array.view(self.numpy.int16)).view(self.torch.bfloat16)

    def gradient(self, function, at, dy):
        at.requires_grad_(True)
        result = function(at)
        if result.shape != dy.shape:
            raise ValueError('the forward returned the shape {}, not {}'.format(list(result.shape), list(dy.shape)))
        if not result.requires_grad:
            return self.torch.zeros_like(at)
        if at.element_size() == 2:  # of halves the loss may be in float32
            dy = dy.to(result.dtype)
        gradient = self.torch.autograd.grad(result, at, dy, allow_unused=True)[0]
        return self.torch.zeros_like(at) if gradient is None else gradient


class Jax:
    """JAX arrays, which are copies; float64 is switched on, since JAX makes it float32 else."""

    def __init__(self, numpy):
        import jax

        jax.config.update('jax_enable_x64', True)
        self.numpy, self.jax = numpy, jax

    def engine(self):
        return 'JAX ' + self.jax.__version__

    def bring(self, case):
        bring = self.jax.numpy.array
        case.x = bring(case.x)
        if case.flags & (HAS_INDICES | HAS_PROBABILITIES):
            case.target = bring(case.target)
        if case.flags & HAS_DY:
            case.dy = bring(case.dy)
        if case.weight is not None:
            case.weight = bring(case.weight)

    def gradient(self, function, at, dy):
        result, pull_back = self.jax.vjp(function, at)
        if at.dtype.itemsize == 2:  # of halves the loss may be in float32
            dy = dy.astype(result.dtype)
        return pull_back(dy)[0]


def echo(case):
    """The kernel that `logitfuzz doctor` asks: what ignoreIndex says. docs/protocol.md has the list."""
    wish = case.ignore_index or 0
    if wish == 1:
        raise Unsupported('asked to decline')
    if wish == 2:
        raise ValueError('asked to throw')
    if wish == 3:
        print('asked to print')
    if wish == 4:
        os.write(1, b'asked to print')
    if wish == 5:
        import ctypes

        ctypes.CDLL(None).printf(b'asked to print')
    if wish == 6:
        import subprocess

        subprocess.run([sys.executable, '-S', '-c', "print('asked to print')"], check=True)
    if wish == 7:
        case.x += 1
    if wish == 8:
        return returnable(case.x)
    if wish == 9:
        return 'asked for no tensor'
    if wish == 10 and sys.stdin.read() != '':
        raise ValueError('there was input')
    return returnable(case.x.copy())


def returnable(array):
    """What is returned of an array of bfloat16 where ml_dtypes is missing."""
    return Bits(array) if array.dtype.kind == 'u' else array


if __name__ == '__main__':
    main()
