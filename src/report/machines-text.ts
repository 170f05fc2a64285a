/** The machines that judged a run, each kind in a line. */
import type { MachineRecord } from '../archive/machine-record.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { plainText } from '../text/plain-text.ts';

type MachinesOf = Pick<RunRecord, 'machines' | 'node' | 'platform'>;

/** One line where nobody listed them: the machine that ran the command. */
export function machineLines({ machines = [], node, platform }: MachinesOf): readonly string[] {
  if (machines.length === 0) return [plainText(`Node ${node}, ${platform}`, 100)];
  return machines.map(machineText);
}

/** Whether the answers of some machines may differ from those of others. */
export function areMixed({ machines = [] }: MachinesOf): boolean {
  return machines.length > 1;
}

const namesShown = 4;

function machineText({ node, v8, platform, cpu, names, canary = {} }: MachineRecord): string {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  const who = `${names.slice(0, namesShown).join(', ')}${more}`;
  const otherwise = Object.entries(canary).map(
    ([name, count]) => `; ${name} answers ${count} of 64 cases of the canary otherwise`,
  );
  return plainText(`Node ${node} (V8 ${v8}), ${platform}, ${cpu}: ${who}${otherwise.join('')}`, 400);
}
