/** The case that a campaign draws as `--index` of its `--seed`, by all else that it depends on. */
import type { Case } from '../case/case.ts';
import { parseData } from '../case/parse-data.ts';
import { supportsSchema } from '../case/supports.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelTable, type Supports } from '../contract/subject.ts';
import type { SubjectState } from '../examine/sighting.ts';
import { generateCase, generatorVersion } from '../generate/generate-case.ts';
import { settledSpace, spaceOf, type SpaceSetup } from '../worker/space.ts';
import { planOf, type CampaignArguments } from './campaign-options.ts';
import { parseCount, parseSeed } from './option-values.ts';
import { textOf, type Settings } from './settings.ts';

export interface DrawArguments {
  readonly seed?: string;
  readonly index?: string;
  /** The generator that drew the index; absent: this one. */
  readonly generator?: string;
  readonly kernels?: string;
  /** JSON of what the subject said that it supports; absent: what it says today. */
  readonly supports?: string;
  /** Whether invalid arguments are drawn, too; absent: as the subject says today. */
  readonly refuses?: boolean;
}

/** The case that an index is, of a campaign of this subject. */
export type Draw = (subject: SubjectState) => Case;

/**
 * Reads the flags before anything is loaded. The draw throws UsageError where nothing is left that the
 * subject supports.
 * @throws UsageError for flags that cannot be, and for a generator that draws other cases.
 */
export function parseDraw(args: DrawArguments, settings: Settings): Draw {
  checkGenerator(args.generator);
  if (args.seed === undefined) throw new UsageError('--index needs the --seed that it was drawn with');
  if (args.index === undefined) throw new UsageError('--seed needs the --index of the case');
  const seed = BigInt(parseSeed(args.seed));
  const index = parseCount('index', args.index, { min: 0 });
  const supports = args.supports === undefined ? null : parseSupports(args.supports);
  const asked = askedIn(settings);
  return ({ name, version, ...today }) => {
    const refuses = (args.refuses ?? today.refuses) === true;
    const then: SubjectState = {
      name,
      version,
      // Kernels that are named are drawn also where they are gone by now: else the index is another case.
      kernels: args.kernels === undefined ? today.kernels : everyKernel,
      supports: supports ?? today.supports ?? {},
      ...(refuses ? { refuses } : {}),
    };
    return generateCase({ seed, index }, spaceOf(settledSpace(asked, then)));
  };
}

const everyKernel = kernelTable.map(({ operation, direction }) => `${operation}/${direction}`);

/** What a campaign of these settings asks for. */
function askedIn(settings: Settings): SpaceSetup {
  const flags = (['operations', 'kernels', 'formats', 'maxElements'] as const).map(
    (key) => [key, textOf(settings, key)] as const,
  );
  const { plan } = planOf(Object.fromEntries(flags) as unknown as CampaignArguments, 'fuzz');
  return plan;
}

/** @throws UsageError where the index would be another case. */
export function checkGenerator(text: string | undefined): void {
  if (text === undefined) return;
  const wanted = parseCount('generator', text, { min: 1 });
  if (wanted === generatorVersion) return;
  throw new UsageError(
    `the index is of generator ${wanted}, and this logitfuzz has generator ${generatorVersion}: it would be another case. ` +
      `Replay the finding, or the case by --case, or take a logitfuzz of generator ${wanted}`,
  );
}

function parseSupports(text: string): Supports {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(
      `--supports ${JSON.stringify(text.slice(0, 60))} is no JSON, as in '{"axis":"last"}'`,
    );
  }
  return parseData(supportsSchema, value, { name: '--supports' });
}
