/** Whom an issue is written for: the form that each project's maintainers ask for, as data. */
import { referenceNamed } from '../../../reference/index.ts';
import type { Finding } from '../../case/finding.ts';
import { UsageError } from '../../contract/failure.ts';

/** One form of an issue. */
export interface Audience {
  /** What `--for` calls it. */
  readonly name: string;
  /** The family of references whose project it is; null for anybody's. */
  readonly family: string | null;
  /** Whether its template asks if code of one’s own is involved. */
  readonly asksForCustomCode: boolean;
  readonly headings: Readonly<Record<Heading, string>>;
}

type Heading = 'versions' | 'got' | 'due' | 'program' | 'more';

const tfjs: Audience = {
  name: 'tfjs',
  family: 'TensorFlow.js',
  asksForCustomCode: true,
  // As the bug template of github.com/tensorflow/tfjs has them.
  headings: {
    versions: '**System information**',
    got: '**Describe the current behavior**',
    due: '**Describe the expected behavior**',
    program: '**Standalone code to reproduce the issue**',
    more: '**Other info / logs**',
  },
};

/** As the bug templates of these projects on GitHub ask. */
const pytorch: Audience = {
  name: 'pytorch',
  family: 'PyTorch',
  asksForCustomCode: false,
  headings: {
    got: '### 🐛 Describe the bug',
    program: '### Minimal reproducer',
    due: '### Expected',
    versions: '### Versions',
    more: '### More',
  },
};

const onnxruntime: Audience = {
  name: 'onnxruntime',
  family: 'ONNX Runtime',
  asksForCustomCode: false,
  headings: {
    got: '### Describe the issue',
    due: '### Expected',
    program: '### To reproduce',
    versions: '### Platform, ONNX Runtime version, execution provider',
    more: '### More',
  },
};

const onnx: Audience = {
  name: 'onnx',
  family: 'ONNX',
  asksForCustomCode: false,
  headings: {
    got: '### Describe the bug',
    versions: '### System information',
    program: '### Reproduction instructions',
    due: '### Expected behavior',
    more: '### Notes',
  },
};

const jax: Audience = {
  name: 'jax',
  family: 'JAX',
  asksForCustomCode: false,
  headings: {
    got: '### Description',
    due: '### Expected',
    program: '### A program that shows it',
    versions: '### System info',
    more: '### More',
  },
};

const scipy: Audience = {
  name: 'scipy',
  family: 'SciPy',
  asksForCustomCode: false,
  headings: {
    got: '### Describe your issue',
    due: '### Expected',
    program: '### Reproducing code example',
    versions: '### SciPy/NumPy/Python version and system information',
    more: '### More',
  },
};

const plain: Audience = {
  name: 'plain',
  family: null,
  asksForCustomCode: false,
  headings: {
    versions: '## Versions',
    got: '## What happens',
    due: '## What is due',
    program: '## A program that shows it',
    more: '## More',
  },
};

/** The last is for whom no other is. */
const audiences: readonly Audience[] = [tfjs, pytorch, onnxruntime, onnx, jax, scipy, plain];

export const audienceNames: readonly string[] = audiences.map(({ name }) => name);

/** @throws UsageError for a name that no form has, or one of a project that is not to blame. */
export function audienceFor({ blame }: Pick<Finding, 'blame'>, name: string | undefined): Audience {
  const family = referenceNamed(blame)?.family;
  if (name === undefined) return audiences.find((one) => one.family === family) ?? plain;
  const audience = audiences.find((one) => one.name === name);
  if (audience === undefined) {
    throw new UsageError(
      `--for ${JSON.stringify(name)} is no form of an issue; there are ${audienceNames.join(', ')}`,
    );
  }
  if (audience.family !== null && audience.family !== family) {
    throw new UsageError(
      `--for ${name} is an issue about ${audience.family}, and the finding blames ${JSON.stringify(blame)}: leave --for out`,
    );
  }
  return audience;
}
