/** What `init --kind` writes beside what every project gets: the subject, in its own language. */

export interface InitKind {
  /** Files of templates/, or of the package where the path begins with '../'; and where they go. */
  readonly files: readonly { readonly template: string; readonly path: string }[];
  readonly subject: string;
  /** What it exports so far. */
  readonly kernels: readonly string[];
  /** What a machine needs before the gate runs: commands of a workflow. */
  readonly prepare: readonly string[];
  /** What to do next, before the first run; null where nothing is. */
  readonly next: string | null;
  /** Debian's packages that an image needs for it, and the commands that build it there. */
  readonly image: { readonly packages: readonly string[]; readonly builds: readonly string[] };
}

export type InitKindName = 'typescript' | 'python' | 'onnx' | 'wasm' | 'wgsl' | 'c';

export const initKinds: Readonly<Record<InitKindName, InitKind>> = {
  typescript: {
    files: [{ template: 'subject.ts', path: 'logitfuzz.subject.ts' }],
    subject: './logitfuzz.subject.ts',
    kernels: ['softmax', 'softmaxBackward'],
    prepare: [],
    next: null,
    image: { packages: [], builds: [] },
  },
  python: {
    files: [{ template: 'python/kernels.py', path: 'kernels.py' }],
    subject: './kernels.py',
    kernels: ['softmax', 'softmaxBackward'],
    prepare: ['pip install numpy'],
    next: 'pip install numpy',
    image: { packages: ['python3', 'python3-numpy'], builds: [] },
  },
  onnx: {
    files: [{ template: 'onnx/write-model.mjs', path: 'write-model.mjs' }],
    subject: './softmax.onnx',
    kernels: ['softmax'],
    prepare: ['node write-model.mjs'],
    next: 'npm install --save-dev onnxruntime-node; node write-model.mjs',
    image: { packages: [], builds: ['node write-model.mjs'] },
  },
  wasm: {
    files: [{ template: 'wasm/kernels.ts', path: 'kernels.ts' }],
    subject: './kernels.wasm',
    kernels: ['softmax'],
    prepare: ['npx --no-install asc kernels.ts --outFile kernels.wasm -O --runtime stub'],
    next: 'npm install --save-dev assemblyscript; npx asc kernels.ts --outFile kernels.wasm -O --runtime stub',
    image: {
      packages: [],
      builds: ['npx --no-install asc kernels.ts --outFile kernels.wasm -O --runtime stub'],
    },
  },
  wgsl: {
    files: [{ template: 'wgsl/softmax.wgsl', path: 'softmax.wgsl' }],
    subject: './softmax.wgsl',
    kernels: ['softmax'],
    prepare: ['sudo apt-get install --yes chromium || sudo snap install chromium'],
    next: 'npm install --save-dev webgpu',
    image: { packages: ['chromium'], builds: [] },
  },
  c: {
    files: [
      { template: 'c/kernels.c', path: 'kernels.c' },
      { template: 'c/Makefile', path: 'Makefile' },
      { template: '../kits/c/logitfuzz_kit.h', path: 'logitfuzz_kit.h' },
    ],
    subject: 'cmd:./kernels',
    kernels: ['softmax'],
    prepare: ['make'],
    next: 'make',
    image: { packages: ['gcc', 'libc6-dev', 'make'], builds: ['make'] },
  },
};

/** A file of templates/, with what is particular to the kind. */
export function withKind(
  text: string,
  { path, kind }: { readonly path: string; readonly kind: InitKind },
): string {
  if (path === 'logitfuzz.config.ts') {
    const kernels = kind.kernels.map((kernel) => `'${kernel}'`).join(', ');
    return text
      .replace(/subject: '.*'/, `subject: '${kind.subject}'`)
      .replace(/kernels: \[.*\]/, `kernels: [${kernels}]`);
  }
  if (!path.startsWith('.github/')) return text;
  const steps = kind.prepare.map((command) => `      - run: ${command}\n`).join('');
  // before each gate or fuzz, and not before what merges
  return text.replaceAll(/( {6}- run: npm ci\n)(?! {6}- uses)/g, `$1${steps}`);
}
