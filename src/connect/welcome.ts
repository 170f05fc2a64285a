/** What a kit says of itself at the start (docs/protocol.md). Keys that are not known are not read. */
import { z } from 'zod';
import { arithmeticSchema } from '../case/arithmetic.ts';
import { abbreviated, parseData } from '../case/parse-data.ts';
import { supportsSchema } from '../case/supports.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelNames, type Arithmetic, type KernelName, type Supports } from '../contract/subject.ts';
import { formats, nativeFormats, type Format } from '../float/format.ts';
import { policySchema, type Policy } from './policy.ts';
import { defaultFrameBytes } from './wire.ts';

/** The versions of the protocol that this tool speaks. */
export const protocols: readonly number[] = [1];

export interface Welcome {
  readonly protocol: number;
  readonly kit?: string;
  readonly name?: string;
  readonly version?: string;
  readonly language?: string;
  readonly engine?: string;
  readonly kernels: readonly KernelName[];
  /** The formats that the kit can hand to a kernel. */
  readonly formats: readonly Format[];
  readonly supports?: Supports;
  readonly arithmetic?: Arithmetic;
  readonly refuses?: boolean;
  readonly policy?: Policy;
  readonly maxFrameBytes: number;
}

const line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'a text on one line');

/** A kit may know formats that this version does not. */
const knownFormats = z.preprocess(
  (given) => (Array.isArray(given) ? given.filter((one) => typeof one !== 'string' || isFormat(one)) : given),
  z.array(z.enum(formats)),
);

const welcomeSchema = z.object({
  protocol: z.int(),
  kit: z.exactOptional(line),
  name: z.exactOptional(line.max(100)),
  version: z.exactOptional(line.max(100)),
  language: z.exactOptional(line),
  engine: z.exactOptional(line),
  kernels: z.array(z.enum(kernelNames)),
  formats: z.exactOptional(knownFormats),
  supports: z.exactOptional(z.preprocess(knownSupports, supportsSchema)),
  arithmetic: z.exactOptional(z.preprocess((given) => knownOf(given, arithmeticKeys), arithmeticSchema)),
  refuses: z.exactOptional(z.boolean()),
  policy: z.exactOptional(policySchema),
  maxFrameBytes: z
    .int()
    .min(1024)
    .max(2 ** 31 - 1)
    .default(defaultFrameBytes),
});

const arithmeticKeys = ['expUlps', 'logUlps', 'flushesSubnormals', 'halves', 'lossDtype'];
const supportsKeys = ['formats', 'rank', 'axis', 'empty', 'crossEntropy', 'maxElements'];

function isFormat(name: string): name is Format {
  return formats.some((format) => format === name);
}

function knownSupports(given: unknown): unknown {
  const supports = knownOf(given, supportsKeys);
  const { formats: listed } = Object(supports) as { readonly formats?: unknown };
  const known = knownFormats.safeParse(listed);
  return known.success ? { ...(supports as object), formats: known.data } : supports;
}

/** A handshake may say more than this version knows; a module may not, whose names a person has typed. */
function knownOf(value: unknown, known: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => known.includes(key)));
}

/**
 * @throws UsageError naming `whose` welcome it is, and the key that cannot be; both lists where no version of
 * the protocol is known to both.
 */
export function welcomeFrom(body: Uint8Array, whose: string): Welcome {
  const text = new TextDecoder().decode(body);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new UsageError(`${whose} answered hello with no JSON: ${abbreviated(text)}`);
  }
  const { protocol } = Object(data) as { readonly protocol?: unknown };
  if (typeof protocol === 'number' && !protocols.includes(protocol))
    throw new UsageError(
      `${whose} speaks version ${protocol} of the protocol, and logitfuzz version ${protocols.join(', ')}`,
    );
  const welcome = parseData(welcomeSchema, data, { name: `the welcome of ${whose}` });
  if (welcome.kernels.length === 0)
    throw new UsageError(`${whose} offers none of the kernels: ${kernelNames.join(', ')}`);
  // A kit of before there were halves does not name the formats that it can hand over.
  const { formats: handed = [...nativeFormats, ...(welcome.supports?.formats ?? [])] } = welcome;
  return { ...welcome, formats: [...new Set(handed)] };
}
