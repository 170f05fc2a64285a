/** The machines of a campaign in lines. */
import type { MachineStanding } from '../queue/standing.ts';
import { plainText } from '../text/plain-text.ts';
import { terminal } from './terminal.ts';

const everyMs = 10_000;
const widthMax = 160;

/** Notes a line for each machine, every ten seconds. */
export function machineLines(): (machines: readonly MachineStanding[]) => void {
  let last = performance.now();
  return (machines) => {
    if (performance.now() - last < everyMs) return;
    last = performance.now();
    for (const machine of machines) terminal.note(machineText(machine));
  };
}

/** `host-17: 12000 cases, 4000/s, 2 slots, cases 0 to 294900 by 12`. */
export function machineText({ name, slots, cases, rate, job }: MachineStanding): string {
  const doing = job === null ? 'waiting' : `cases ${job}`;
  const noun = slots === 1 ? 'slot' : 'slots';
  return plainText(`${name}: ${cases} cases, ${Math.round(rate)}/s, ${slots} ${noun}, ${doing}`, widthMax);
}
