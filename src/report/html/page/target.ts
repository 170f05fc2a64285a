/** A link to a finding: the same one twice is followed twice. */
export interface Target {
  readonly id: string;
}
