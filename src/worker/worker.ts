/**
 * The entry of a worker process: starts the thread that guards it, which loads beside all else, and serves.
 */
import { Worker } from 'node:worker_threads';

const guard = new Worker(new URL('../worker/guard.js', import.meta.url), { execArgv: [] });
const { serve } = await import('./serve.ts');
serve(guard);
