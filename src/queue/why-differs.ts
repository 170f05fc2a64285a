/** Why a machine may not join a campaign: what differs from the campaign's first machine, and what to do. */
import { isDeepStrictEqual } from 'node:util';
import type { MachineRecord } from '../archive/machine-record.ts';
import { supportsText } from '../case/supports.ts';
import type { KernelName } from '../contract/subject.ts';
import { areComparable } from '../examine/canary.ts';
import type { ReferenceState } from '../examine/sighting.ts';
import { otherTool, type Identity } from './identity.ts';

interface Difference {
  /** What differs: a clause, with what to do about it. */
  readonly text: string;
  /** The implementation that it explains any other answer of; absent where it is none in particular. */
  readonly of?: string;
}

/**
 * One sentence that names all that differs and matters, and what to do; null where the machine may join.
 * `mixedMachines` accepts another Node, V8, platform, and other answers to the canary.
 */
export function whyDiffers(
  campaign: Identity,
  own: Identity,
  { mixedMachines }: { readonly mixedMachines: boolean },
): string | null {
  const always = [
    ...ofTool(campaign, own),
    ...ofSubject(campaign, own),
    ...ofReferences(campaign, own),
    ...ofCases(campaign, own),
  ];
  const explained = always.flatMap((difference) => difference.of ?? []);
  const unlessMixed = [
    ...ofMachine(campaign, own),
    ...ofNative(campaign, own),
    ...ofAnswers(campaign, own).filter((difference) => !explained.includes(difference.of!)),
  ];
  const differences = mixedMachines ? always : [...always, ...unlessMixed];
  return differences.length === 0 ? null : differences.map(({ text }) => text).join('; ');
}

/** The record of a machine that may join: what it is, and what it answers otherwise. */
export function machineRecordOf(campaign: Identity, own: Identity, name: string): MachineRecord {
  const { node, v8, platform, cpu } = own;
  const canary = Object.fromEntries(
    canaryDifferences(campaign, own).map(({ implementation, places }) => [implementation, places.length]),
  );
  return {
    node,
    v8,
    platform,
    cpu,
    names: [name],
    ...(Object.keys(canary).length === 0 ? {} : { canary }),
  };
}

/** The generator's version and the code say no more where the tool is another. */
function ofTool(campaign: Identity, own: Identity): readonly Difference[] {
  if (campaign.tool !== own.tool) return [{ text: otherTool(campaign.tool, own.tool) }];
  const differences: Difference[] = [];
  if (campaign.generatorVersion !== own.generatorVersion)
    differences.push({
      text: `the campaign's generator is version ${campaign.generatorVersion}, and this machine's ${own.generatorVersion}: install the same logitfuzz`,
    });
  if (campaign.code !== own.code)
    differences.push({
      text: `logitfuzz ${own.tool} is other code here (digest ${brief(own.code)}, the campaign's ${brief(campaign.code)}): install the same build`,
    });
  return differences;
}

function ofSubject(campaign: Identity, own: Identity): readonly Difference[] {
  const [theirs, here] = [campaign.subject, own.subject];
  const of = here.name;
  const named = `${theirs.name}@${theirs.version}`;
  if (theirs.name !== here.name || theirs.version !== here.version) {
    const isPath = /[\\/]/.test(theirs.name) || /[\\/]/.test(here.name);
    const hint = isPath ? ' (without an export `name` it is called as the command line names it)' : '';
    return [
      {
        of,
        text: `the campaign's subject is ${named}, and this machine's ${here.name}@${here.version}: every worker needs the same one${hint}`,
      },
    ];
  }
  const differences: Difference[] = [];
  for (const [what, read] of subjectTraits) {
    if (read(theirs) === read(here)) continue;
    const [there, mine] = [traitText(read(theirs)), traitText(read(here))];
    differences.push({
      of,
      text: `the campaign's subject ${named} ${what} ${there}, and here ${mine}: every worker needs the same subject`,
    });
  }
  if (campaign.content.files !== own.content.files)
    differences.push({
      of,
      text: `the campaign's subject ${named} has other content here (digest ${brief(own.content.files)}, the campaign's ${brief(campaign.content.files)}): every worker needs the same files`,
    });
  if (campaign.content.lock !== own.content.lock)
    differences.push({
      of,
      text: `the lock file of the subject ${named} is another here (digest ${brief(own.content.lock)}, the campaign's ${brief(campaign.content.lock)}): every worker needs the same packages`,
    });
  return differences;
}

const subjectTraits: readonly (readonly [string, (subject: Identity['subject']) => string | undefined])[] = [
  ['exports', ({ kernels }) => kernels.join(', ')],
  ['supports', ({ supports }) => (supports === undefined ? undefined : supportsText(supports))],
  ['refuses invalid arguments:', ({ refuses }) => (refuses === true ? 'yes' : 'no')],
  ['runs on', ({ engine }) => engine],
  ['follows the conventions', ({ conventions }) => conventions],
];

function traitText(value: string | undefined): string {
  return value === undefined || value === '' ? 'nothing of its own' : value;
}

function ofReferences(campaign: Identity, own: Identity): readonly Difference[] {
  const names = [...campaign.references, ...own.references].map(({ name }) => name);
  const differing = [...new Set(names)].filter(
    (name) => !isDeepStrictEqual(facts(campaign, name), facts(own, name)),
  );
  const common = campaign.references
    .filter(({ name, available }) => available && !differing.includes(name))
    .map(({ name }) => name);
  const without = `start the campaign with --references ${common.length === 0 ? 'none' : common.join(',')}`;
  return differing.map((of) => ({ of, text: referenceText(of, { campaign, own, without }) }));
}

function referenceText(
  name: string,
  { campaign, own, without }: { campaign: Identity; own: Identity; without: string },
): string {
  const [theirs, here] = [campaign, own].map(({ references }) => referenceIn(references, name));
  if (here?.available !== true)
    return `this machine lacks ${textOf(theirs!)}: ${remedyOf(here)}, or ${without}`;
  if (theirs?.available !== true)
    return `this machine has ${textOf(here)}, which the campaign's first machine has not: ${without}`;
  return `the campaign is judged beside ${factsText(theirs)}, and this machine has ${factsText(here)}: install the same, or ${without}`;
}

/** What a reference that is there is told by. */
function facts({ references }: Identity, name: string): unknown {
  const { available = false, version, engine, conventions } = referenceIn(references, name) ?? {};
  return available ? { version, engine, conventions } : null;
}

function referenceIn(references: readonly ReferenceState[], name: string): ReferenceState | undefined {
  return references.find((reference) => reference.name === name);
}

function textOf({ name, version }: ReferenceState): string {
  return `${name} ${version}`;
}

function factsText(reference: ReferenceState): string {
  const { engine, conventions } = reference;
  const more = [engine, conventions].filter((fact) => fact !== null && fact !== undefined);
  return `${textOf(reference)}${more.length === 0 ? '' : ` (${more.join('; ')})`}`;
}

const setup = 'npx logitfuzz setup tfjs-node';

/** Why it is not there, as this machine says it, and with it what to do. */
function remedyOf(here: ReferenceState | undefined): string {
  const reason = here?.reason ?? 'install it';
  return reason.includes(setup) ? `run \`${setup}\`` : reason;
}

/** Without the same cases nothing that is counted means the same. */
function ofCases({ canary: theirs }: Identity, { canary: here }: Identity): readonly Difference[] {
  const places = theirs.cases.flatMap((word, place) => (word === here.cases[place] ? [] : [place]));
  if (places.length === 0) return [];
  const count = `${places.length} of the ${theirs.cases.length} cases of the canary`;
  return [{ text: `this machine draws ${count} otherwise: it cannot take part, whatever is installed` }];
}

function ofMachine(campaign: Identity, own: Identity): readonly Difference[] {
  const traits: readonly (readonly [string, string, string])[] = [
    ...(majorOf(campaign.node) === majorOf(own.node) ? [] : ([['Node', campaign.node, own.node]] as const)),
    ['V8', campaign.v8, own.v8],
    ['', campaign.platform, own.platform],
  ];
  const differing = traits.filter(([, theirs, here]) => theirs !== here);
  if (differing.length === 0) return [];
  const listed = (side: 1 | 2): string =>
    differing.map((trait) => `${trait[0]} ${trait[side]}`.trim()).join(' and ');
  return [
    {
      text: `the campaign's first machine has ${listed(1)}, and this one ${listed(2)}: use the same, or start the campaign with \`fuzz --mixed-machines\``,
    },
  ];
}

function majorOf(node: string): string {
  return node.split('.')[0]!;
}

function ofNative(campaign: Identity, own: Identity): readonly Difference[] {
  const { name, version } = own.subject;
  if (campaign.content.native === own.content.native || name !== campaign.subject.name) return [];
  return [
    {
      of: name,
      text: `the campaign's subject ${name}@${version} was built otherwise here (digest ${brief(own.content.native)}, the campaign's ${brief(campaign.content.native)}): copy the same build, or start the campaign with \`fuzz --mixed-machines\``,
    },
  ];
}

function ofAnswers(campaign: Identity, own: Identity): readonly Difference[] {
  const processors = campaign.cpu === own.cpu ? '' : ` (${campaign.cpu} there, ${own.cpu} here)`;
  return canaryDifferences(campaign, own).map(({ implementation: of, places }) => {
    const [first] = places;
    const kernel: KernelName = campaign.canary.kernels[first!]!;
    const count = `${places.length} of ${campaign.canary.cases.length} cases`;
    return {
      of,
      text: `${of} answers ${count} otherwise than on the campaign's first machine${processors}, the first is case ${first} of the canary, a ${kernel}: use the same processors and builds, or start the campaign with \`fuzz --mixed-machines\``,
    };
  });
}

interface CanaryDifference {
  readonly implementation: string;
  /** The cases of the canary that it answers otherwise. */
  readonly places: readonly number[];
}

/** Whoever answers otherwise, of those that both machines asked; the subject first. */
function canaryDifferences(campaign: Identity, own: Identity): readonly CanaryDifference[] {
  return Object.entries(own.canary.outcomes).flatMap(([implementation, here]) => {
    const theirs = Object.entries(campaign.canary.outcomes).find(([name]) => name === implementation)?.[1];
    const places = here.flatMap((word, place) => {
      const other = theirs?.[place];
      return other === undefined || other === word || !areComparable(other, word) ? [] : [place];
    });
    return places.length === 0 ? [] : [{ implementation, places }];
  });
}

function brief(digest: string | null): string {
  return digest === null ? 'none' : digest.slice(0, 12);
}
