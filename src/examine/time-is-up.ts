/**
 * Thrown where an implementation would be called, once a campaign's time is over: a case that is being judged
 * is given up, as if it had not been begun, and a finding that is being shrunk is told as it was found. So
 * what is told never depends on where in its work a worker was.
 */
export class TimeIsUp extends Error {
  override readonly name: string = 'TimeIsUp';
}
