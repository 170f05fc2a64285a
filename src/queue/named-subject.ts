/**
 * How the subject is named in findings and in run.json: commands for people are printed with that, so a name
 * that starts a program is taken from the coordinator's own settings and never from the queue, to which
 * others may write.
 */
import type { Finding, SubjectRecord } from '../case/finding.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import { subjectRecordOf, type SubjectSetup } from '../examine/finding-fields.ts';
import { connectorOf } from '../connect/connect.ts';
import type { MachineStanding } from './standing.ts';

export interface NamedSubject {
  /** What the first machine that names one says, where nothing was settled before. */
  hear(machines: readonly MachineStanding[]): void;
  /** Whether a machine was heard, or nobody need be. */
  readonly isKnown: boolean;
  readonly setup: SubjectSetup;
  /** The finding with the subject and the references of the campaign, whatever a message says of them. */
  nameIn(finding: Finding): Finding;
}

/** `own`: what the settings of the coordinator say; its subject null where they say nothing. */
export function namedSubject(
  own: SubjectSetup,
  { subject, references }: { readonly subject: SubjectState; readonly references: readonly ReferenceState[] },
): NamedSubject {
  let setup = own;
  let isKnown = own.subject !== null;
  let record: SubjectRecord = subjectRecordOf(subject, setup);
  return {
    hear(machines) {
      const [first] = machines;
      if (isKnown || first === undefined) return;
      isKnown = true;
      const { module } = first;
      setup = { subject: module === null || connectorOf(module).startsProgram ? null : module };
      record = subjectRecordOf(subject, setup);
    },
    get isKnown() {
      return isKnown;
    },
    get setup() {
      return setup;
    },
    nameIn: (finding) => ({ ...finding, subject: record, references }),
  };
}
