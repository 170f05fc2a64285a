/** What the commands use of a queue, loaded by those that have one. */
export { coordinate } from './coordinate.ts';
export { openServer } from './server.ts';
export { serve } from './serve.ts';
