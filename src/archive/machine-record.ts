/** The machines that took part in a campaign of several: what each kind of them was. Pure JSON data. */
import { z } from 'zod';

/** Machines of one kind. */
export interface MachineRecord {
  readonly node: string;
  readonly v8: string;
  /** Operating system and processor, as in 'linux x64'. */
  readonly platform: string;
  /** The processor's model, as the operating system calls it. */
  readonly cpu: string;
  /** Who they were, each once, sorted. */
  readonly names: readonly string[];
  /**
   * How many cases of the canary each implementation answers otherwise than on the first machine; absent
   * where all are answered alike.
   */
  readonly canary?: Readonly<Record<string, number>>;
}

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Text on one line for a terminal, of at most so many characters. */
export function lineSchema(max: number): z.ZodType<string> {
  return z
    .string()
    .max(max)
    .refine((text) => !unseen.test(text), 'text on one line, without characters that are not seen');
}

const [nameMax, namesMax, implementationsMax] = [200, 10_000, 64];

/** Host and process of a machine. */
export const machineNameSchema: z.ZodType<string> = lineSchema(nameMax);

const canarySchema: z.ZodType<Readonly<Record<string, number>>> = z
  .record(z.string().max(1_000), z.int().min(1))
  .refine((counts) => Object.keys(counts).length <= implementationsMax, 'of a few implementations');

/** What a machine says of itself, field by field. */
export const machineFacts: {
  readonly [K in 'node' | 'v8' | 'platform' | 'cpu']: z.ZodType<string>;
} & { readonly canary: z.ZodExactOptional<typeof canarySchema> } = {
  node: lineSchema(nameMax),
  v8: lineSchema(nameMax),
  platform: lineSchema(nameMax),
  cpu: lineSchema(nameMax),
  canary: z.exactOptional(canarySchema),
};

export const machineSchema: z.ZodType<MachineRecord> = z.strictObject({
  ...machineFacts,
  names: z.array(machineNameSchema).min(1).max(namesMax),
});

/** Each kind once, with the names of all that are of it: a function of the set of them. */
export function uniteMachines(machines: readonly MachineRecord[]): readonly MachineRecord[] {
  const kinds = new Map<string, MachineRecord>();
  for (const machine of machines) {
    const key = kindOf(machine);
    const names = [...(kinds.get(key)?.names ?? []), ...machine.names];
    kinds.set(key, { ...machine, names: [...new Set(names)].sort() });
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, machine]) => machine);
}

function kindOf({ node, v8, platform, cpu, canary = {} }: MachineRecord): string {
  const counts = Object.entries(canary).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([node, v8, platform, cpu, counts]);
}
