/** The call of a kernel in Python that is the user's own, as lines of a program in Python. Pure text. */
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { givenTensorsOf } from '../case/invalid-arguments.ts';
import { kernelNameOf } from '../contract/subject.ts';
import { argumentsOf, type Options } from '../subjects/kernel-arguments.ts';
import { isHalf } from '../float/format.ts';
import { heldAs, pythonArray } from '../text/python-literals.ts';
import { plainExits } from '../text/script-lines.ts';

/**
 * Why no program in Python shows a finding; null where one does. What a kit sees of a call beside its answer
 * takes the kit, and so do calls that have to come before it.
 */
export function whyNotInPython({ oracle, symptom, history }: Finding, c: Case): string | null {
  if (c.invalid !== undefined) return 'invalid arguments';
  if (history !== undefined) return 'calls that have to come before it';
  return oracle !== 'conduct' || shownInPython.includes(symptom) ? null : `${symptom} of a call`;
}

const shownInPython: readonly Finding['symptom'][] = [
  'threw',
  'shape',
  'crashed',
  'timed-out',
  'out-of-memory',
];

/** Loads the module as the kit does, its folder first where modules are looked for. */
export function pythonSubjectLoad(module: string, c: Case): readonly string[] {
  const kernel = kernelNameOf(c.operation, c.direction);
  return [
    'import importlib.util, inspect, os, sys',
    '',
    `path = ${JSON.stringify(module)}`,
    'try:',
    '    import numpy as np',
    '    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))',
    "    spec = importlib.util.spec_from_file_location('subject', path)",
    '    subject = importlib.util.module_from_spec(spec)',
    '    spec.loader.exec_module(subject)',
    `    kernel = getattr(subject, '${inSnakeCase(kernel)}', None) or subject.${kernel}`,
    'except Exception as error:',
    "    print(f'could not run: {error}', file=sys.stderr)",
    `    sys.exit(${plainExits.notRun})`,
    '',
    'takes = inspect.signature(kernel).parameters',
    "wants = getattr(subject, 'tensors', None) or str(next(iter(takes.values())).annotation)",
    "others = {'axis': 'dim', 'label_smoothing': 'labelSmoothing', 'ignore_index': 'ignoreIndex'}",
    '',
    '',
    ...(c.format === 'bfloat16' ? givenInBfloat16 : givenAsItIs),
    '',
    '',
    'def named(**options):',
    '    return {others[name] if others.get(name) in takes else name: value for name, value in options.items()}',
    '',
  ];
}

const givenAsItIs: readonly string[] = [
  'def given(array):',
  "    if 'torch' not in wants:",
  '        return array',
  '    import torch',
  '    return torch.from_numpy(array)',
];

/** An array of float32 holds numbers of bfloat16, one of integers classes. */
const givenInBfloat16: readonly string[] = [
  'def given(array):',
  '    is_float = array.dtype == np.float32',
  "    if 'torch' in wants:",
  '        import torch',
  '        tensor = torch.from_numpy(array)',
  '        return tensor.to(torch.bfloat16) if is_float else tensor',
  '    try:',
  '        import ml_dtypes',
  '    except ImportError as error:',
  "        print(f'could not run: {error}', file=sys.stderr)",
  `        sys.exit(${plainExits.notRun})`,
  '    return array.astype(ml_dtypes.bfloat16) if is_float else array',
];

/** They leave the answer `y`, and in `got` its numbers, flat and in doubles. */
export function pythonSubjectCall(c: Case): readonly string[] {
  const lines: string[] = [];
  const names: string[] = [];
  for (const { name, tensor, format } of givenTensorsOf(c)) {
    const type = format === 'int32' ? 'int64' : heldAs(format);
    lines.push(`${name} = given(${pythonArray(tensor, type)})`);
    if (name !== 'weight') names.push(name);
  }
  const options = argumentsOf(c, ({ tensor }) => tensor).at(-1) as Options;
  const needed = `p.name in ('axis', 'dim') and p.default in (None, p.empty)`;
  return [
    ...lines,
    `options = named(${optionsText(options)})`,
    ...(options.axis === undefined
      ? [`if any(${needed} for p in takes.values()):`, `    options |= named(axis=${c.axis})`]
      : []),
    `y = kernel(${names.join(', ')}, **options)`,
    // NumPy cannot be had of a tensor of bfloat16.
    `got = np.asarray(y.detach()${isHalf(c.format) ? '.double()' : ''} if hasattr(y, 'detach') else y).astype(np.float64).ravel()`,
  ];
}

function optionsText(options: Options): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text =
        typeof value === 'string' ? `'${value}'` : typeof value === 'number' ? String(value) : name;
      return `${inSnakeCase(name)}=${text}`;
    })
    .join(', ');
}

function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
