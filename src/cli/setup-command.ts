/** `logitfuzz setup tfjs-node`: gets what does not come with the package. */
import type { CommandModule } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { setupTfjsNode } from '../provision/setup-tfjs-node.ts';
import { terminal } from './terminal.ts';

interface SetupArguments {
  readonly component: string;
}

export const setupCommand: CommandModule<object, SetupArguments> = {
  command: 'setup <component>',
  describe: 'get native TensorFlow (tfjs-node), into the cache where npm cannot',
  builder: (argv) =>
    argv
      .positional('component', {
        type: 'string',
        demandOption: true,
        describe: "what to set up: 'tfjs-node'",
      })
      .example('$0 setup tfjs-node', 'native TensorFlow, about 900 MB on disk'),
  async handler({ component }) {
    if (component !== 'tfjs-node')
      throw new UsageError(`there is no setup for ${JSON.stringify(component)}; there is one for tfjs-node`);
    await setupTfjsNode({ log: terminal.note });
  },
};
