/**
 * The CPU seconds until fast-check's loops find planted mutants. One stream of cases serves the loops of all
 * tolerances and all mutants. A case costs what drawing it, the reference, the sound kernel (which takes as
 * long as the mutant does) and comparing take; what the mutants take is left out.
 */
import fc from 'fast-check';
import { formatOf } from '../../float/format.ts';
import type { SubjectModule } from '../../contract/subject.ts';
import { soundHost } from '../../score/host/host.ts';
import type { Mutant } from '../../score/mutants/mutant.ts';
import { openClocks } from './clocks.ts';
import { cpuSecondsSince } from './cpu-clock.ts';
import { callsOf } from './draw-calls.ts';
import type { Alarms, Search } from './find-job.ts';
import { answerInFloat64 } from './float64-reference.ts';
import { askKernel, type Answer, type LoopCall } from './loop-call.ts';
import { loopNames as names } from './finder-names.ts';
import { isAccepted, loopTolerances } from './loop-tolerances.ts';

/** What `fc.assert` draws where nobody says how many; then comes the next seed. */
const drawnAtOnce = 100;
/** So that no stream draws what another has drawn. */
const seedsApart = 1_000_000;

export async function findByLoops(
  mutants: readonly Mutant[],
  { seed, capSeconds }: { readonly seed: number; readonly capSeconds: number },
): Promise<{ readonly searches: readonly Search[]; readonly alarms: readonly Alarms[] }> {
  const clocks = openClocks(mutants, { finders: names, seed: String(seed), capSeconds });
  const alarms = new Map(names.map((name) => [name, 0]));
  let cases = 0;
  for (let draw = seed * seedsApart; ; draw++) {
    const kernel = clocks.nextKernel();
    if (kernel === null) break;
    const start = process.cpuUsage();
    const calls = fc.sample(callsOf(kernel), { numRuns: drawnAtOnce, seed: draw });
    const drawing = cpuSecondsSince(start) / calls.length;
    for (const call of calls) {
      const from = process.cpuUsage();
      const expected = answerInFloat64(call);
      const accepting = acceptingOf(answerOf(soundHost, call), call, expected, names);
      cases++;
      clocks.charge(kernel, drawing + cpuSecondsSince(from));
      for (const name of names) if (!accepting.includes(name)) alarms.set(name, alarms.get(name)! + 1);
      for (const suspect of clocks.suspectsOf(kernel)) {
        if (call.logits.length < (suspect.mutant.elementsMin ?? 0)) continue;
        const pending = answerOf(suspect.module, call);
        const answer = pending instanceof Promise ? await pending.catch(() => null) : pending;
        const asked = accepting.filter((name) => suspect.waiting.has(name));
        const accepted = acceptingOf(answer, call, expected, asked);
        for (const name of asked) if (!accepted.includes(name)) clocks.found(suspect, name);
      }
    }
  }
  const told = names.map((finder) => ({ finder, seed: String(seed), cases, alarms: alarms.get(finder)! }));
  return { searches: clocks.searches(), alarms: told };
}

/** Null, which nobody accepts, where it throws. */
export function answerOf(module: SubjectModule, call: LoopCall): unknown {
  try {
    return askKernel(module, call);
  } catch {
    return null;
  }
}

function acceptingOf(
  answer: unknown,
  { logits }: LoopCall,
  expected: Answer,
  asked: readonly string[],
): readonly string[] {
  const format = formatOf(logits);
  return loopTolerances
    .filter(
      ({ name, isClose }) =>
        asked.includes(name) && isAccepted(answer, expected, (a, b) => isClose(a, b, format)),
    )
    .map(({ name }) => name);
}
