/** The plain call in place of another form of it, or less of that form. */
import { plainly } from '../case/call-form.ts';
import type { Case } from '../case/case.ts';
import { attempt, type Attempts } from './attempt.ts';

export function* dropCall(c: Case): Attempts {
  if (c.call === undefined) return c;
  const plain = yield* attempt(c, plainly(c));
  if (plain !== c) return plain;
  if (c.call.kind === 'view') return yield* attempt(c, { ...c, call: { kind: 'view', from: 1 } });
  if (c.call.kind !== 'later-calls') return c;
  for (let calls = 1; calls < c.call.calls; calls++) {
    const fewer = yield* attempt(c, { ...c, call: { kind: 'later-calls', calls } });
    if (fewer !== c) return fewer;
  }
  return c;
}
