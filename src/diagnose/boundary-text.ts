/** A boundary as a sentence for a person. */
import type { BoundaryQuantity, BoundaryRecord, BoundarySymptom } from '../case/diagnosis.ts';
import type { Format } from '../float/format.ts';

export interface WidthRule {
  readonly record: BoundaryRecord;
  readonly wrong: readonly number[];
  readonly right: readonly number[];
  /** The residues that are wrong, from the first wrong width on; null where no modulus tells. */
  readonly modulus: { readonly modulus: number; readonly residues: readonly number[] } | null;
}

export interface BoundaryFacts {
  readonly number: BoundaryRecord | null;
  readonly width: WidthRule | null;
  readonly rows: {
    readonly record: BoundaryRecord | null;
    /** The first row that is wrong where some are right; null where all are wrong, or none is told apart. */
    readonly firstRow: number | null;
    readonly wrongRows: readonly number[];
    readonly of: number;
  } | null;
  /** What has to be there. */
  readonly only: readonly string[];
  readonly format: Format;
}

/** Conditions that a rule asks for by their words. */
export const conditions = {
  thisIndex: 'where the index that is ignored is ',
  someTargets: 'for some targets, and not for uniform or one-hot ones',
  notOneHot: 'where the target is not one-hot',
} as const;

/** Said where nothing that was varied makes the case right. */
export const everywhere = 'wrong whatever the size of the numbers, the width and the number of rows';

/** Null where nothing that was varied tells right from wrong. */
export function sentenceOf({ number, width, rows, only }: BoundaryFacts): string | null {
  const sizes = [...(width === null ? [] : [widthSentence(width)]), ...rowsSentences(rows)];
  const all = [
    ...(number === null ? [] : [numberSentence(number)]),
    ...(sizes.length === 0 ? [] : [sizes.join(', ')]),
    ...(only.length === 0 ? [] : [`only ${only.join(', and ')}`]),
  ];
  return all.length === 0 ? null : all.join('; ');
}

const names: Readonly<Record<BoundaryQuantity, string>> = {
  magnitude: '|x|',
  offset: 'a largest |x| of',
  gap: 'a gap in the lane of',
  cotangent: '|dy|',
  width: 'width',
  rows: 'rows',
};
const beyond: Readonly<Record<BoundarySymptom, string>> = {
  nan: 'NaN above',
  inf: 'infinite above',
  zero: '0 above',
  sign: 'of the wrong sign above',
  ulps: 'off above',
  conduct: 'against the contract above',
};

function numberSentence({ quantity, rightUpTo, symptom, wrongAllAbove, wrongFrom }: BoundaryRecord): string {
  const name =
    quantity === 'magnitude' || quantity === 'cotangent' ? `${names[quantity]} =` : names[quantity];
  const window = wrongAllAbove ? '' : ', and right again further up';
  if (rightUpTo === null || rightUpTo === 0) return `wrong from ${name} ${short(wrongFrom)} on${window}`;
  return `right up to ${name} ${short(rightUpTo)}, ${beyond[symptom]}${window}`;
}

/** Four digits, the way down, so that what is called right is right. */
function short(value: number): string {
  if (value >= 1e6 || value < 1e-3) return String(Number(value.toPrecision(4)));
  const digits = Math.max(0, 3 - Math.floor(Math.log10(value)));
  const scale = 10 ** Math.min(digits, 2);
  return grouped(value >= 1_000 ? Math.floor(value) : Math.floor(value * scale) / scale);
}

function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function widthSentence({ record, wrong, right, modulus }: WidthRule): string {
  const { wrongFrom, wrongAllAbove } = record;
  if (wrongAllAbove) return `wrong from width ${grouped(wrongFrom)} on`;
  const from = modulus !== null && wrongFrom > modulus.modulus ? ` from ${grouped(wrongFrom)} on` : '';
  if (modulus !== null) {
    const { modulus: k, residues } = modulus;
    if (residues.length === k - 1 && !residues.includes(0))
      return `wrong where the width is no multiple of ${k}${from}`;
    if (residues.length === 1)
      return residues[0] === 0
        ? `wrong where the width is a multiple of ${k}${from}`
        : `wrong where the width leaves ${residues[0]} when divided by ${k}${from}`;
  }
  const last = wrong.at(-1)!;
  const isOneRange = right.every((width) => width < wrongFrom || width > last);
  if (isOneRange && last > wrongFrom && !right.includes(last + 1))
    return `wrong from width ${grouped(wrongFrom)} on, and right again further up`;
  if (isOneRange)
    return last === wrongFrom
      ? `wrong at width ${grouped(last)} alone`
      : right.some((width) => width < wrongFrom)
        ? `wrong at widths ${grouped(wrongFrom)} to ${grouped(last)}`
        : `wrong up to width ${grouped(last)}`;
  if (modulus !== null)
    return `wrong where the width leaves ${modulus.residues.join(', ')} when divided by ${modulus.modulus}${from}`;
  return `wrong at some widths from ${grouped(wrongFrom)} on, and right at others`;
}

function rowsSentences(rows: BoundaryFacts['rows']): readonly string[] {
  if (rows === null) return [];
  const { record, firstRow, wrongRows, of } = rows;
  const count =
    record === null || !record.wrongAllAbove ? [] : [`wrong from ${grouped(record.wrongFrom)} rows on`];
  if (firstRow === null) return count;
  if (wrongRows.length === of - firstRow) return [...count, `in rows ≥ ${firstRow}`];
  if (wrongRows.length === 1) return [...count, `in row ${firstRow} of ${of} alone`];
  return [...count, `in ${wrongRows.length} of ${of} rows, the first of them ${firstRow}`];
}
