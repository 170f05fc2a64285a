/**
 * Prints cases of the golden halves as JSON: small ones of every kernel, format and regime, as the generator
 * draws them for float32, their values rounded to the format and held in float64. See golden.py.
 */
import { caseToJson } from '../../case/case-json.ts';
import { caseSize, isIndexTarget, type Case } from '../../case/case.ts';
import { kernelNameOf, operations } from '../../contract/subject.ts';
import { halfFacts, halfFormats, roundTo, type HalfFormat } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { goldenKinds } from './golden-kinds.ts';

const seed = 161803n;
const elementsMax = 6;
/** The few that are wide, so that sums are longer than a block. */
const wide = { elementsMax: 40, perKernel: 1 };

function chosenCases(): Case[] {
  const seen = new Set<string>();
  const wideOnes = new Map<string, number>();
  const chosen: Case[] = [];
  for (let index = 0; index < 30_000; index++) {
    const c = generateCase({ seed, index }, { operations, formats: ['float32'] });
    const size = caseSize(c);
    const kernel = kernelNameOf(c.operation, c.direction);
    const kinds = goldenKinds(c).filter((kind) => !seen.has(kind));
    const isWide = size > 20 && size <= wide.elementsMax && (wideOnes.get(kernel) ?? 0) < wide.perKernel;
    if (!isWide && (size > elementsMax || kinds.length === 0)) continue;
    if (isWide) wideOnes.set(kernel, (wideOnes.get(kernel) ?? 0) + 1);
    for (const kind of kinds) seen.add(kind);
    chosen.push(c);
  }
  return chosen;
}

/** Infinities stay; what is finite stays so, since cotangents, targets and weights are. */
function rounded(tensor: Tensor, format: HalfFormat): Tensor {
  const { largestFinite } = halfFacts(format);
  const one = (value: number): number =>
    Number.isFinite(value)
      ? Math.max(-largestFinite, Math.min(largestFinite, roundTo(format, value)))
      : value;
  return { shape: tensor.shape, data: Float64Array.from(tensor.data, one) };
}

function heldAs(c: Case, format: HalfFormat): unknown {
  const { loss, cotangent } = c;
  const held: Case = {
    ...c,
    format: 'float64',
    logits: rounded(c.logits, format),
    ...(cotangent === undefined ? {} : { cotangent: rounded(cotangent, format) }),
    ...(loss === undefined
      ? {}
      : {
          loss: {
            ...loss,
            labelSmoothing: roundTo(format, loss.labelSmoothing),
            target: isIndexTarget(loss.target) ? loss.target : rounded(loss.target, format),
            ...(loss.weight === undefined ? {} : { weight: rounded(loss.weight, format) }),
          },
        }),
  };
  return { half: format, ...(caseToJson({ ...held, checks: [] }) as object) };
}

process.stdout.write(
  JSON.stringify(chosenCases().flatMap((c) => halfFormats.map((format) => heldAs(c, format)))),
);
