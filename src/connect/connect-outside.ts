/** A subject, or a reference of the user's own, over a channel: what every such connector ends with. */
import type { OpenChannel } from './channel.ts';
import type { Connected, ConnectOptions } from './connector.ts';
import { outsideImplementation } from './outside-implementation.ts';

/** `name` is for a side that says none of its own. @throws as `open` does. */
export async function connectOutside(
  open: OpenChannel,
  name: string,
  { role = 'subject', rssLimitMb, caseTimeoutMs, onWait }: ConnectOptions,
): Promise<Connected> {
  const waiting = onWait === undefined ? {} : { onWait };
  const implementation = await outsideImplementation(open, {
    name,
    role,
    rssLimitMb,
    caseTimeoutMs,
    ...waiting,
  });
  return { kind: 'outside', implementation };
}
