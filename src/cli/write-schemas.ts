/** `npm run schemas`: writes the published JSON Schemas into schemas/. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaFiles } from './json-schemas.ts';

mkdirSync('schemas', { recursive: true });
for (const [name, text] of jsonSchemaFiles()) writeFileSync(join('schemas', name), text);
