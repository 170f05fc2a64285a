/**
 * A worker leads a process group, so that what a subject
 * starts goes down with it, and a Ctrl-C does not reach it.
 */

/** Windows has no such groups. */
export const hasProcessGroups: boolean = process.platform !== 'win32';

/** Ends the process and what it has started at once; nothing where all of it is gone. */
export function killGroup(leader: number): void {
  try {
    process.kill(hasProcessGroups ? -leader : leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
