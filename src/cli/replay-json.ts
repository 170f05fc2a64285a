/** What both replays say as JSON of the implementations that were asked. */
import type { ExplainedImplementation, Explanation } from '../examine/explain.ts';

/** [] where the worker has died. `namesOf`: the signatures that are told of an implementation. */
export function implementationsJson(
  explanation: Explanation | null,
  namesOf: (one: ExplainedImplementation) => readonly string[] = ({ signatures }) => signatures,
): readonly object[] {
  return (explanation?.implementations ?? []).map((one) => ({
    name: one.name,
    version: one.version,
    role: one.role,
    verdict: one.verdict.kind,
    signatures: namesOf(one),
  }));
}
