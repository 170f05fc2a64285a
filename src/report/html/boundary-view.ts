/**
 * The boundary of a finding as a picture: each value that was asked, by the error ÷ allowed that came of it.
 * All places are worked out here; boundary-picture.tsx draws them.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import type { BoundaryQuantity, BoundaryRecord } from '../../case/diagnosis.ts';
import { fromJsonNumber } from '../../case/json-number.ts';
import { roundedText } from '../../text/number-text.ts';
import type { BoundaryView } from './finding-view.ts';

const size = { width: 460, height: 170 } as const;
const margin = { top: 38, right: 12, bottom: 36, left: 52 } as const;
/** Where an answer is no number. */
const rail = 14;
/** Error ÷ allowed: what is less, or more, is drawn as that. */
const ratios = [0.01, 10_000] as const;

const labels: Readonly<Record<BoundaryQuantity, string>> = {
  magnitude: 'largest |logit|',
  offset: 'largest |logit|, all moved together',
  gap: 'largest − smallest logit of a lane',
  cotangent: 'largest |dy|',
  width: 'logits in a lane',
  rows: 'lanes',
};

/** Null where fewer than two values were asked: that is no picture. */
export function boundaryView(record: BoundaryRecord | null): BoundaryView | null {
  const asked = record === null ? [] : record.points.filter(([value]) => value >= 0);
  if (record === null || asked.length < 2) return null;
  const { quantity, rightUpTo, wrongFrom } = record;
  const x = across(asked.map(([value]) => value));
  const y = scaleLog(ratios, [size.height - margin.bottom, margin.top]).clamp(true);
  const points = asked.map(([value, json]) => {
    const ratio = fromJsonNumber(json);
    const isNumber = Number.isFinite(ratio);
    return {
      x: tenth(x(value)),
      y: isNumber ? tenth(y(Math.max(ratios[0], ratio))) : rail,
      isOff: !(ratio <= 1),
      text: `${roundedText(value)}: ${isNumber ? `${roundedText(ratio)} of what is allowed` : 'NaN or infinite'}`,
    };
  });
  return {
    label: labels[quantity],
    text: `${labels[quantity]}: ${rightUpTo === null ? '' : `right up to ${roundedText(rightUpTo)}, `}wrong from ${roundedText(wrongFrom)} on`,
    points,
    edge: rightUpTo === null ? null : tenth((x(rightUpTo) + x(wrongFrom)) / 2),
    left: margin.left,
    right: size.width - margin.right,
    bottom: size.height - margin.bottom,
    rail,
    levels: [0.01, 1, 100, 10_000].map((ratio) => ({ at: tenth(y(ratio)), text: levelText(ratio) })),
    ticks: ticksOf(asked, record).map((value) => ({ at: tenth(x(value)), text: roundedText(value) })),
  };
}

function levelText(ratio: number): string {
  if (ratio === ratios[0]) return `≤ ${ratio}`;
  return ratio === ratios[1] ? `≥ 10⁴` : String(ratio);
}

/** In powers where the values are far apart; a value of 0 stands at the left. */
function across(values: readonly number[]): (value: number) => number {
  const range = [margin.left + 10, size.width - margin.right - 10] as const;
  const positive = values.filter((value) => value > 0);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  if (!(most > 16 * least)) return scaleLinear([Math.min(...values), Math.max(...values)], range);
  const scale = scaleLog([least, most], [range[0] + (positive.length < values.length ? 14 : 0), range[1]]);
  return (value) => (value > 0 ? scale(value) : range[0]);
}

/** The ends and the boundary. */
function ticksOf(asked: BoundaryRecord['points'], { wrongFrom }: BoundaryRecord): readonly number[] {
  return [...new Set([asked[0]![0], wrongFrom, asked.at(-1)![0]])];
}

function tenth(value: number): number {
  return Math.round(10 * value) / 10;
}
