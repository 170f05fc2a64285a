/** `logitfuzz setup tfjs-node`: gets what does not come with the package. */
import type { CommandModule } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { references } from '../../reference/index.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

/** The references that somebody has to get first. */
const components = references.filter(({ setUp }) => setUp !== null);
const names = components.map(({ name }) => name).join(', ');

interface SetupArguments {
  readonly component: string;
}

export const setupCommand: CommandModule<object, SetupArguments> = {
  ...verbs.setup,
  builder: (argv) =>
    argv
      .positional('component', {
        type: 'string',
        demandOption: true,
        describe: `what to set up: ${components.map(({ name }) => `'${name}'`).join(', ')}`,
      })
      .example('$0 setup tfjs-node', 'native TensorFlow, about 900 MB on disk'),
  async handler({ component }) {
    const found = components.find(({ name }) => name === component);
    if (found === undefined)
      throw new UsageError(`there is no setup for ${JSON.stringify(component)}; there is one for ${names}`);
    await found.setUp!({ log: terminal.note });
  },
};
