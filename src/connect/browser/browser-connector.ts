/** `browser:./kernels.js`: a module with the contract's exports, called in a page of a headless Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from '../../contract/package-version.ts';
import { UsageError } from '../../contract/failure.ts';
import type { Connecting } from '../connector.ts';
import { connectOutside } from '../connect-outside.ts';
import { browserOpener } from './browser-channel.ts';
import { addressOf, packageFolderOf } from './serve-files.ts';

const prefix = 'browser:';
/** What a page imports; another language has to be compiled before. */
const scriptEndings: readonly string[] = ['.js', '.mjs'];

/** What the page runs before it imports the module: made by the build of page/module.ts. */
const pageBundle: string = resolve(packageFolder, 'dist/src/connect/browser/page-bundle.js');

export const browserConnector: Connecting = {
  async connect(specifier, options) {
    const { rssLimitMb } = options;
    const whose = `the subject ${JSON.stringify(specifier)}`;
    const file = fileOf(specifier.slice(prefix.length), whose);
    const folder = packageFolderOf(file);
    const open = browserOpener({
      whose,
      rssLimitMb,
      folder,
      scripts: [
        `globalThis.logitfuzzModule = ${JSON.stringify(addressOf(file, folder))};`,
        readFileSync(pageBundle, 'utf8'),
      ],
    });
    return connectOutside(open, basename(file, extname(file)), options);
  },
};

function fileOf(target: string, whose: string): string {
  const file = target.startsWith('file:') ? fileURLToPath(target) : resolve(target);
  if (!scriptEndings.includes(extname(file)))
    throw new UsageError(
      `${whose} is no module that a page can run: build it first, and name the file that ends with .js`,
    );
  if (!existsSync(file)) throw new UsageError(`${whose} is not there: no file ${file}`);
  return file;
}
