/** A fault, and what has to come of it. */
import type { Ended, Stage } from './stage.ts';

export interface Row {
  readonly name: string;
  /** The campaign's references; absent: none. */
  readonly references?: string;
  /** Whether it is among the few that CI tries. */
  readonly isInSample?: boolean;
  /** Why it cannot be tried here; null or absent where it can. */
  readonly lacks?: () => string | null;
  /** Does it, and says what happened. @throws Error saying what went wrong. */
  readonly act: (stage: Stage) => Promise<string>;
  /** The campaign is not at its end after it: its keys are still there. */
  readonly leavesKeys?: boolean;
}

export function check(isRight: boolean, wrong: string): void {
  if (!isRight) throw new Error(wrong);
}

/** Ends with that code: its last words are told where it does not. */
export async function endsWith(
  running: { readonly ended: Promise<Ended> },
  code: number | null,
  who: string,
): Promise<Ended> {
  const ended = await running.ended;
  const last = `${ended.stderr}${ended.stdout}`.trim().split('\n').slice(-3).join(' | ').slice(0, 500);
  check(ended.code === code, `${who} ended with ${ended.code ?? ended.signal} and not ${code}: ${last}`);
  return ended;
}

/** The coordinator's run is the undivided one's, finding for finding and count for count. */
export async function endsWhole(
  stage: Stage,
  coordinator: { readonly ended: Promise<Ended> },
): Promise<string> {
  const ended = await endsWith(coordinator, 1, 'the coordinator');
  const different = stage.differencesOf(ended);
  check(different.length === 0, `other than the undivided run: ${different.slice(0, 5).join(', ')}`);
  const { cases, findings } = stage.runOf(ended) as { cases: number; findings: readonly unknown[] };
  return `equal: ${cases} cases, ${findings.length} findings`;
}
