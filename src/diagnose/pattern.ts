/** What an implementation answered to the probe cases: which are wrong, by what they depart from. */
import type { Case } from '../case/case.ts';
import { isConductSymptom } from './symptom.ts';
import { probeCases, type ProbeCase, type Tag } from './probe-cases.ts';
import type { Answered, Prober } from './probe.ts';

export interface Probed {
  readonly probe: ProbeCase;
  readonly answered: Answered;
}

export interface Pattern {
  readonly all: readonly Probed[];
  /** Those whose values are wrong. */
  readonly wrong: readonly Probed[];
  is(name: string, verdict: Answered['verdict']): boolean;
  of(name: string): Answered | null;
  /** Those with exactly these tags, in any order. */
  tagged(...tags: readonly Tag[]): readonly Probed[];
}

export async function patternOf(
  kernel: Pick<Case, 'operation' | 'direction' | 'format'>,
  prober: Prober,
  more: readonly ProbeCase[] = [],
): Promise<Pattern> {
  const all: Probed[] = [];
  for (const probe of [...more, ...probeCases(kernel)])
    all.push({ probe, answered: await prober.ask(probe.case) });
  return asPattern(all);
}

export function asPattern(all: readonly Probed[]): Pattern {
  const byName = new Map(all.map(({ probe, answered }) => [probe.name, answered]));
  return {
    all,
    wrong: all.filter(({ answered }) => isWrong(answered)),
    is: (name, verdict) => byName.get(name)?.verdict === verdict,
    of: (name) => byName.get(name) ?? null,
    tagged: (...tags) =>
      all.filter(
        ({ probe }) => probe.tags.length === tags.length && tags.every((tag) => probe.tags.includes(tag)),
      ),
  };
}

/**
 * Without what is wrong and departs from plain cases in more than these tags: an implementation may have
 * another mistake.
 */
export function within({ all }: Pattern, tags: ReadonlySet<Tag>): Pattern {
  const narrowed = (more: readonly Tag[]): Pattern =>
    asPattern(
      all.filter(
        ({ probe, answered }) =>
          !isWrong(answered) || probe.tags.every((tag) => tags.has(tag) || more.includes(tag)),
      ),
    );
  const own = narrowed([]);
  // Where plain lanes are wrong, to be wide or to have equal logits is no departure.
  const isOfPlain = own.tagged('plain').some(({ answered }) => isWrong(answered));
  return isOfPlain ? narrowed(['tie', 'width']) : own;
}

/** The pattern of what is `wrong` alone: what is only inaccurate counts as right. */
export function ofWrong({ all }: Pattern): Pattern {
  return asPattern(
    all.map(({ probe, answered }) => ({
      probe,
      answered:
        answered.divergence?.severity === 'inaccurate'
          ? { ...answered, verdict: 'right', divergence: null }
          : answered,
    })),
  );
}

/** By its values, and not by what the call does beside them. */
export function isWrong({ verdict, divergence }: Answered): boolean {
  return verdict === 'wrong' && divergence !== null && !isConductSymptom(divergence.symptom);
}
