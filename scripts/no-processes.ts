/** A setup file of vitest: where a file of tests has no `// @module-tag processes`, starting one throws. */
import childProcess, { ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';

function refuse(): never {
  throw new Error('a test that starts a process has to say so: // @module-tag processes (vitest.config.ts)');
}

Object.assign(childProcess, { spawnSync: refuse, execSync: refuse, execFileSync: refuse });
Object.assign(ChildProcess.prototype, { spawn: refuse }); // what spawn, exec, execFile and fork call
Object.assign(workerThreads, { Worker: refuse });
syncBuiltinESMExports();
// Native TensorFlow is no process, but loading it takes as long; other native code, such as a parser's, is
// let be.
if (process.env['LOGITFUZZ_EMBEDDED'] === '1') {
  const open = process.dlopen.bind(process);
  process.dlopen = (...args) => (/tfjs_binding/.test(String(args[1])) ? refuse() : open(...args));
}
