/**
 * The data that the page was written with: a line of JSON for
 * each finding, and, packed, one for what is shown of it opened.
 */
import type { CauseView, DetailView, FindingView } from '../finding-view.ts';
import { printedMax } from '../printed.ts';

function textOf(id: string): string {
  return document.getElementById(id)!.textContent ?? '';
}

let printedPlaces: readonly number[] = [];
const places = new WeakMap<FindingView, number>();

export function findingsInPage(): readonly FindingView[] {
  const findings = JSON.parse(`[${textOf('findings-data')}]`) as readonly FindingView[];
  for (const [place, finding] of findings.entries()) places.set(finding, place);
  return findings;
}

export function causesInPage(): readonly CauseView[] {
  const causes = JSON.parse(`[${textOf('causes-data')}]`) as readonly CauseView[];
  printedPlaces = causes.slice(0, printedMax).map(({ places: [first] }) => first!);
  return causes;
}

/** Those of the first causes are packed for themselves: they are unpacked before a printer asks. */
export async function detailOf(finding: FindingView): Promise<DetailView> {
  const place = places.get(finding)!;
  const printed = printedPlaces.indexOf(place);
  const line = printed < 0 ? packedLine('details-data', place) : packedLine('printed-data', printed);
  return (await line) as DetailView;
}

const unpackings = new Map<string, Promise<readonly string[]>>();

/** Not unpacked before the first line is asked for: of ten thousand findings they are most of the data. */
export async function packedLine(id: string, line: number): Promise<unknown> {
  const unpacking = unpackings.get(id) ?? unpacked(textOf(id)).then((text) => text.split('\n'));
  unpackings.set(id, unpacking);
  return JSON.parse((await unpacking)[line]!);
}

async function unpacked(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
