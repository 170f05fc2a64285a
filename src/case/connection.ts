/** What is said of a subject beside its name: part of a plan, and of a finding. */
import { z } from 'zod';
import { pathSchema } from './text-schemas.ts';

/** What the command line says beside the subject's name. */
export interface Connection {
  /** The Python that runs a `.py`. */
  readonly python?: string;
  /** What runs a model or a shader. */
  readonly engine?: string;
  /** A file that says how the functions of a library are called. */
  readonly manifest?: string;
}

export const connectionSchema: z.ZodType<Connection> = z.strictObject({
  python: z.exactOptional(pathSchema),
  engine: z.exactOptional(pathSchema),
  manifest: z.exactOptional(pathSchema),
});
