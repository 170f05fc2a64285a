/**
 * When V8 optimizes, in a process that has just begun to judge cases. By itself it compiles for what a
 * function has met so far, throws the code away as the next kind of case comes, and compiles again: that is a
 * large part of the CPU time of a campaign's first thousand cases.
 */
import { setFlagsFromString } from 'node:v8';

/** How many bytes of bytecode a function runs before V8 thinks of it again; the second is V8's default. */
const [patientBudget, usualBudget] = [500_000, 67_584];
/** Cases until each kind has been there. To stay patient for good costs more than it saves. */
const casesMax = 2_000;

/** Has V8 be patient; the result is told of every batch of cases, and ends that once there were enough. */
export function beginPatiently(
  setFlags: (flags: string) => void = setFlagsFromString,
): (cases: number) => void {
  let left = casesMax;
  setFlags(`--interrupt-budget=${patientBudget}`);
  return (cases) => {
    const wasPatient = left > 0;
    left -= cases;
    if (wasPatient && left <= 0) setFlags(`--interrupt-budget=${usualBudget}`);
  };
}
