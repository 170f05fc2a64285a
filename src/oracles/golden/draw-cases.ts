/**
 * Prints the cases of the golden file as JSON: small ones of every kernel, format and regime. See golden.py.
 */
import { caseToJson } from '../../case/case-json.ts';
import { caseSize, type Case } from '../../case/case.ts';
import { nativeFormats } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import { operations } from '../../contract/subject.ts';
import { goldenKinds } from './golden-kinds.ts';

const seed = 271828n;
const elementsMax = 12;
const perKind = 3;

/**
 * The first few of each operation, direction, format and regime, and one at least of each option of the loss.
 */
function chosenCases(): Case[] {
  const counts = new Map<string, number>();
  const chosen: Case[] = [];
  for (let index = 0; index < 60_000; index++) {
    const c = generateCase({ seed, index }, { operations, formats: nativeFormats });
    if (caseSize(c) > elementsMax) continue;
    const kinds = goldenKinds(c);
    if (kinds.every((kind) => (counts.get(kind) ?? 0) >= perKind)) continue;
    for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    chosen.push(c);
  }
  return chosen;
}

process.stdout.write(JSON.stringify(chosenCases().map((c) => ({ ...caseToJson(c), checks: [] }))));
