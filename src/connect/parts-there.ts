/** What of the optional parts is on this machine, and what installs the others. Loads none of them. */
import { spawnSync } from 'node:child_process';
import { chromiumRemedy, findChromium } from './browser/chromium.ts';
import { optionalParts, versionOfPart, type PartName } from './part.ts';
import { defaultPython } from './python.ts';
import { findSwiftShader } from './wgsl/webgpu.ts';

export interface PartState {
  readonly name: string;
  /** What it is there for. */
  readonly use: string;
  /** The version, or where it is; null where it is missing. */
  readonly found: string | null;
  /** What to do where it is missing: a command, or words that follow a semicolon. */
  readonly remedy: string;
}

export function partsThere(): readonly PartState[] {
  const packages = (Object.keys(optionalParts) as PartName[]).map((name) => {
    const remedy = `npm install --save-dev ${name}`;
    return { name, use: optionalParts[name], found: versionOfPart(name), remedy };
  });
  return [...packages, pythonState(), chromiumState()];
}

function pythonState(): PartState {
  const python = defaultPython();
  const script = 'import sys, numpy; print(sys.version.split()[0], "with NumPy", numpy.__version__)';
  const { status, stdout, error } = spawnSync(python, ['-c', script], { encoding: 'utf8', timeout: 20_000 });
  return {
    name: 'python',
    use: 'kernels in Python',
    found: status === 0 ? `${stdout.trim()}, ${python}` : null,
    remedy:
      error === undefined
        ? `${python} has no NumPy: ${python} -m pip install numpy, or LOGITFUZZ_PYTHON names another`
        : `there is no program ${python}: LOGITFUZZ_PYTHON names another`,
  };
}

function chromiumState(): PartState {
  const swiftShader = findSwiftShader();
  const found = findChromium();
  return {
    name: 'chromium',
    use: 'modules in a browser, and shaders where there is no graphics driver',
    found: found === null ? null : `${found}${swiftShader === null ? '' : ', with SwiftShader'}`,
    remedy: chromiumRemedy,
  };
}
