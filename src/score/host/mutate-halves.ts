/**
 * The host on halves with something done otherwise in a few of its kernels: in a step, in a conversion, or at
 * another level. In native formats it is the sound host.
 */
import type { Arithmetic, HalfLevel, KernelName, SubjectModule } from '../../contract/subject.ts';
import { halfFacts, type HalfFacts, type HalfFormat } from '../../float/format.ts';
import { halfSteps } from './half-steps.ts';
import { buildHost, soundHost, type Steps } from './host.ts';
import { soundCodec, soundHostInHalves, takingHalves, type HalfCodec } from './in-halves.ts';

/** The half that a kernel is asked in. */
export interface Half extends HalfFacts {
  readonly format: HalfFormat;
}

export interface HalfChange {
  /** The level of the host that is changed; default fused: float32 inside. */
  readonly level?: HalfLevel;
  readonly steps?: (sound: Steps, half: Half) => Partial<Steps>;
  readonly codec?: (sound: HalfCodec, half: Half) => Partial<HalfCodec>;
  /** What the mutant declares. */
  readonly arithmetic?: Arithmetic;
}

export function withHalf(
  kernels: KernelName | readonly KernelName[],
  { level = 'fused', steps = () => ({}), codec = () => ({}), arithmetic }: HalfChange,
): () => SubjectModule {
  const names = typeof kernels === 'string' ? [kernels] : kernels;
  return () => {
    const taking = takingHalves(soundHost, (format) => {
      const half = { format, ...halfFacts(format) };
      const [soundSteps, own] = [halfSteps(level, format), soundCodec(format)];
      return {
        kernels: buildHost({ ...soundSteps, ...steps(soundSteps, half) }),
        codec: { ...own, ...codec(own, half) },
      };
    });
    const changed = Object.fromEntries(names.map((name) => [name, taking[name]])) as SubjectModule;
    return { ...soundHostInHalves, ...changed, ...(arithmetic === undefined ? {} : { arithmetic }) };
  };
}
