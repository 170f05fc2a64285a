/**
 * Ends the process groups of a worker's children once the worker is gone, however it went: by SIGKILL nobody
 * is asked. A shell does it, which waits for the end of a pipe that only the worker holds open.
 */
import { spawn } from 'node:child_process';
import { hasProcessGroups } from './process-group.ts';

export interface Reaper {
  /** The group of this leader ends with this process. To be said at once when it has started. */
  watch(leader: number): void;
  /** It has ended: its number may be somebody else's from now on. */
  forget(leader: number): void;
}

/**
 * Reads `+LEADER` and `-LEADER`, a line each; at the end of its input it kills what is left. It ignores what
 * a terminal sends to all of its processes. Shells differ in which of the two forms of kill they take for a
 * group: dash has no `kill -9 --`.
 */
const script = `trap '' INT TERM HUP
all=' '
while read -r line; do
  leader=\${line#?}
  case $line in
    +*) all="$all$leader " ;;
    -*) all="\${all%%" $leader "*} \${all#*" $leader "}" ;;
  esac
done
for leader in $all; do
  kill -9 "-$leader" 2>/dev/null || kill -s KILL -- "-$leader" 2>/dev/null
done`;

let running: Reaper | null = null;

/** The one of this process, started when first asked for. On Windows nobody outlives a closed input. */
export function reaper(): Reaper {
  return (running ??= hasProcessGroups ? startReaper() : { watch: ignore, forget: ignore });
}

function startReaper(): Reaper {
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', ignore); // a machine without a shell: the other side still sees the end of its input
  shell.stdin.on('error', ignore);
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return {
    watch: (leader) => void shell.stdin.write(`+${leader}\n`),
    forget: (leader) => void shell.stdin.write(`-${leader}\n`),
  };
}

function ignore(): void {}
