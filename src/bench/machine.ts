/** What else the machine does while `bench` measures. */
import { availableParallelism, loadavg } from 'node:os';

/** Cores that may be used, and the load: how many processes want to run, the average of the last minute. */
export interface MachineLoad {
  readonly cores: number;
  readonly before: number;
  readonly after: number;
}

/** Called before and after; what is measured is a part of the load after. */
export function watchLoad(): () => MachineLoad {
  const before = loadavg()[0]!;
  return () => ({ cores: availableParallelism(), before, after: loadavg()[0]! });
}
