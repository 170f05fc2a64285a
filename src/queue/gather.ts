/** What is made of one message of a machine. What cannot be used is a sentence, and its job is done again. */
import type { Finding } from '../case/finding.ts';
import { UsageError } from '../contract/failure.ts';
import { lowestIndices } from '../campaign/findings.ts';
import { report } from '../campaign/state.ts';
import { plainText } from '../text/plain-text.ts';
import { accept, acceptFindings, refuse, type Coordination } from './coordination.ts';
import { confirmId } from './job.ts';
import { openEnvelope, type ConfirmedBody } from './message.ts';

export interface Gatherer {
  /** All of it is on disk, and told, when it returns. */
  take(data: unknown): void;
  /**
   * @throws what kept a finding from being written: whoever takes results has nobody to throw it to, and what
   *   was gathered since is on no disk.
   */
  check(): void;
  /** The findings of the subject as a fresh process had them; null while nobody has answered. */
  confirmed(): Pick<ConfirmedBody, 'findings' | 'sightings'> | null;
  /** From here on it takes what is confirmed, and nothing that was judged: the counts are as they are. */
  close(): void;
  /** What is on disk; null where that is no more than it was when it was asked for last, but `anew`. */
  known(how?: { readonly anew: boolean }): readonly (readonly [string, number])[] | null;
}

const wordsMax = 500;

export function gathererFor(
  coordination: Coordination,
  {
    run,
    onNote,
    nameIn,
  }: {
    readonly run: string;
    readonly onNote: (sentence: string) => void;
    readonly nameIn: (finding: Finding) => Finding;
  },
): Gatherer {
  const { state } = coordination;
  let confirmed: Pick<ConfirmedBody, 'findings' | 'sightings'> | null = null;
  let told = -1;
  let isClosed = false;
  let fault: { readonly error: unknown } | null = null;
  const early: Finding[] = []; // of the confirmed ones, those of messages before the last

  function takeBody(job: string, open: ReturnType<typeof openEnvelope>['body']): void {
    const opened = open();
    if (opened.findings.some(({ seed }) => seed !== state.plan.seed))
      throw new UsageError('it has findings of another seed');
    const body = { ...opened, findings: opened.findings.map(nameIn) };
    if (body.kind === 'confirmed') {
      if (job === confirmId && isClosed)
        confirmed = { ...body, findings: oneOfEach([...early, ...body.findings]) };
    } else if (body.kind === 'findings') {
      if (job === confirmId) early.push(...body.findings);
      else acceptFindings(coordination, job, body.findings);
    } else {
      const acceptance = accept(coordination, job, body);
      if (acceptance.kind === 'refused') onNote(`a result is not used: ${acceptance.why}`);
    }
  }

  const check = (): void => {
    if (fault !== null) throw fault.error;
  };

  return {
    check,
    take(data) {
      check();
      let job = '';
      try {
        const envelope = openEnvelope(data);
        ({ job } = envelope);
        if (envelope.run !== run || (job !== confirmId && (isClosed || !state.inFlight.has(job)))) return;
        takeBody(job, envelope.body);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        refuse(coordination, job, error.message);
        onNote(`a result is not used: ${plainText(error.message, wordsMax)}`);
      }
      try {
        report(state);
      } catch (error) {
        fault = { error };
        throw error;
      }
    },
    confirmed: () => confirmed,
    close: () => void (isClosed = true),
    known({ anew } = { anew: false }) {
      check();
      const { size } = state.gathered.findings;
      if (size === told && !anew) return null;
      told = size;
      return lowestIndices(state.gathered);
    },
  };
}

/** A machine that left after its first message was followed by another, which has sent all of them. */
function oneOfEach(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.signature, finding])).values()];
}
