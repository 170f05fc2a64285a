/** The JSON Schemas that the package publishes, made from the schemas that read the same data. */
import { z } from 'zod';
import { baselineSchema } from '../archive/baseline.ts';
import { corpusEntrySchema } from '../archive/corpus.ts';
import { runRecordSchema } from '../archive/run-record.ts';
import { findRecordSchema } from '../bench/find/find-record.ts';
import { findingSchema } from '../case/finding.ts';
import { manifestSchema } from '../connect/manifest.ts';
import { shaderManifestSchema } from '../connect/wgsl/manifest.ts';
import { statusSchema } from '../queue/status.ts';
import { summarySchema } from '../report/summary-json.ts';
import { configSchema } from './config.ts';

const published: readonly { readonly name: string; readonly title: string; readonly schema: z.ZodType }[] = [
  { name: 'run', title: "run.json: a run's record", schema: runRecordSchema },
  { name: 'finding', title: 'finding.json: one divergence, shrunk', schema: findingSchema },
  { name: 'summary', title: 'what fuzz, gate and merge print with --json', schema: summarySchema },
  {
    name: 'baseline',
    title: 'logitfuzz.baseline.json: known divergences of the subject',
    schema: baselineSchema,
  },
  {
    name: 'manifest',
    title: '--manifest: how the kernels of a .wasm, .so, .dylib or .dll are called',
    schema: manifestSchema,
  },
  {
    name: 'shader-manifest',
    title: '--manifest: how the kernels of a .wgsl are dispatched',
    schema: shaderManifestSchema,
  },
  { name: 'find', title: 'find, in what bench prints with --json', schema: findRecordSchema },
  { name: 'status', title: 'what status prints with --json', schema: statusSchema },
  { name: 'config', title: 'logitfuzz.config: the settings of a project', schema: configSchema },
  { name: 'corpus-case', title: 'corpus/*.json: one committed case', schema: corpusEntrySchema },
];

/**
 * File name → text. What may be left out when writing may be left out here: the schemas are of what is read.
 */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    published.map(({ name, title, schema }) => {
      const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
      const document = { $schema, $id: `urn:logitfuzz:schema:${name}:1`, title, ...body };
      return [`${name}.schema.json`, `${JSON.stringify(document, null, 2)}\n`];
    }),
  );
}
