/** What a finding says of a fresh process, in words. */
import { historyMax, type Confirmation } from '../case/confirmation.ts';
import type { Finding } from '../case/finding.ts';

type Told = Pick<Finding, 'severity' | 'confirmed' | 'history' | 'rounds'>;

/** What its first line says of the subject, after its name and `is` or `was`. */
export function failureText({ severity, confirmed }: Pick<Finding, 'severity' | 'confirmed'>): string {
  switch (confirmed) {
    case 'after-history':
    case 'after-more':
      return `${severity} after earlier calls`;
    case 'never':
      return `${severity} once, and not again in a fresh process`;
    default:
      return severity;
  }
}

/** Whether a fresh process showed it again, in a sentence or two; null where none was due. */
export function confirmationText({ confirmed, history, rounds = 1 }: Told): string | null {
  if (confirmed === undefined) return null;
  switch (confirmed) {
    case 'alone':
      return 'In a fresh process that is asked nothing else it diverges in the same way.';
    case 'after-history':
      return (
        `It depends on earlier calls: in a fresh process it does not diverge alone, and does after ` +
        `${historyText(history?.length ?? 0, rounds)} (in finding.json), which replay asks first.`
      );
    case 'after-more':
      return (
        'It depends on earlier calls: in a fresh process it does not diverge alone, and does after all that its ' +
        `worker had been asked before it. That is more than a finding keeps (${historyMax} cases), so replay does not show it.`
      );
    case 'never':
      return (
        'It was seen once, and not again in a fresh process: it depends on time, on chance, or on calls that were ' +
        'not tried. That replay does not show it says nothing of whether it was mended.'
      );
    case 'not-asked':
      return 'It was not confirmed in a fresh process.';
  }
}

/** `the 3 cases of its history`, `the case of its history 999 times over`. */
export function historyText(cases: number, rounds: number): string {
  const what = `${cases === 1 ? 'the case' : `the ${cases} cases`} of its history`;
  return rounds === 1 ? what : `${what} ${rounds} times over`;
}

const remarks: Partial<Record<Confirmation, string>> = {
  'after-history': 'only after earlier calls',
  'after-more': 'only after earlier calls',
  never: 'once, and not again in a fresh process',
  'not-asked': 'not confirmed in a fresh process',
};

/** What follows it in a line of a list: nothing where it came again alone. */
export function confirmationRemark({ confirmed }: Pick<Finding, 'confirmed'>): string {
  const remark = confirmed === undefined ? undefined : remarks[confirmed];
  return remark === undefined ? '' : `  (${remark})`;
}
