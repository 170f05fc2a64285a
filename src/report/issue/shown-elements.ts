/** The elements of an answer that an issue shows: what was got, what is due to 17 digits, what is allowed. */
import type { LedgerEntry } from '../../../reference/ledger/entry.ts';
import { outputShape, type Case } from '../../case/case.ts';
import type { Finding } from '../../case/finding.ts';
import { fromJsonNumber } from '../../case/json-number.ts';
import type { Format } from '../../float/format.ts';
import { acceptedError, isAccepted } from '../../float/acceptance.ts';
import { toMultiIndex } from '../../tensor/tensor.ts';
import { markdownText } from '../../text/plain-text.ts';
import { exactDigits } from '../../text/exact-digits.ts';

/** What is due of a case: flat over its output. */
export interface Due {
  readonly case: Case;
  /** That of the answers. */
  readonly format: Format;
  readonly exact: ArrayLike<number>;
  /** What `exact` leaves out. */
  readonly exactLow: ArrayLike<number>;
  /** The absolute error that is allowed at the severity of what is shown. */
  readonly allowed: ArrayLike<number>;
}

export interface ShownElement {
  /** `[2, 0]`; null of a scalar. */
  readonly place: string | null;
  /** Null where it is no number. */
  readonly got: number | null;
  /** Markdown. */
  readonly gotText: string;
  readonly exact: number;
  /** To 17 digits. */
  readonly exactText: string;
  readonly allowed: number;
}

const shownMax = 6;

/**
 * The element of the finding first, then others that are outside; of conduct only what is outside. [] where
 * there are no values to compare.
 */
export function shownOfFinding(
  { got, element, oracle }: Pick<Finding, 'element' | 'oracle'> & { readonly got: ArrayLike<number> | null },
  due: Due,
): readonly ShownElement[] {
  if (got === null || got.length !== due.exact.length) return [];
  const { exact, allowed, format } = due;
  const isOff = (i: number): boolean =>
    allowed[i]! < Infinity && !isAccepted(got[i]!, { exact: exact[i]!, tolerance: allowed[i]!, format });
  const all = Array.from({ length: Math.min(exact.length, 2 ** 16) }, (_, i) => i);
  const others = all.filter((i) => i !== element && isOff(i));
  const isFirst = element !== null && (oracle !== 'conduct' || isOff(element));
  const shown = isFirst ? [element, ...others] : others;
  return shown.slice(0, shownMax).map((i) => elementOf(i, { got: got[i]!, gotText: numberOf(got[i]!) }, due));
}

/** What the ledger says that the reference gives; [] where its entry shows no element. */
export function shownOfEntry(
  { shown, given }: LedgerEntry,
  reference: string,
  due: Due,
): readonly ShownElement[] {
  const answered = given[reference];
  if (shown === null || answered === undefined) return [];
  switch (answered.kind) {
    case 'value': {
      const got = fromJsonNumber(answered.value);
      return [elementOf(shown.element, { got, gotText: numberOf(got) }, due)];
    }
    case 'throws':
      return [
        elementOf(
          shown.element,
          { got: null, gotText: `it throws “${markdownText(answered.message, 300)}…”` },
          due,
        ),
      ];
    case 'unwritten':
      return [elementOf(shown.element, { got: null, gotText: 'what was in memory' }, due)];
  }
}

function elementOf(
  at: number,
  { got, gotText }: Pick<ShownElement, 'got' | 'gotText'>,
  { case: c, format, exact, exactLow, allowed }: Due,
): ShownElement {
  const index = toMultiIndex(at, outputShape(c));
  const interval = { exact: exact[at]!, tolerance: allowed[at]!, format };
  return {
    place: index.length === 0 ? null : `[${index.join(', ')}]`,
    got,
    gotText,
    exact: exact[at]!,
    exactText: exactDigits(exact[at]!, exactLow[at]!),
    allowed: got === null ? allowed[at]! : acceptedError(got, interval),
  };
}

/** As the program prints it: all digits of the float64 that a float32 is read as. */
function numberOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
