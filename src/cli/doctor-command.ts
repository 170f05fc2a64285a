/** `logitfuzz doctor`: what is there, and what to do about what is not. */
import type { CommandModule } from 'yargs';
import { diagnose, type Diagnosis, type ReferenceDiagnosis } from '../../reference/doctor.ts';
import { partsThere, type PartState } from '../connect/parts-there.ts';
import { defaults } from './campaign-options.ts';
import { connectionOf, type ConnectionArguments } from './connection-options.ts';
import { doctorOfKit } from './doctor-of-kit.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface DoctorArguments extends ConnectionArguments {
  readonly subject?: string;
  readonly out: string;
  readonly json: boolean;
}

export const doctorCommand: CommandModule<object, DoctorArguments> = {
  ...verbs.doctor,
  builder: (argv) =>
    argv
      .option('out', { type: 'string', default: defaults.out, describe: 'the reports root' })
      .option('subject', {
        type: 'string',
        describe: 'look whether this kit keeps to the protocol instead: cmd:./my-kit, kernels.py',
      })
      .option('python', { type: 'string', describe: 'the Python that runs a subject that is a .py' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 doctor', 'which references are there, and why not')
      .example("$0 doctor --subject 'cmd:./my-kit'", 'whether a kit keeps to docs/protocol.md') as never,
  async handler({ out, json, subject, ...connection }) {
    if (subject !== undefined) return doctorOfKit(subject, { ...connectionOf(connection), json });
    const diagnosis = { ...(await diagnose({ reports: out })), parts: partsThere() };
    process.exitCode = isHealthy(diagnosis) ? 0 : 3;
    if (json)
      terminal.print(
        JSON.stringify(
          { schemaVersion: 1, command: 'doctor', exitCode: process.exitCode, ...diagnosis },
          null,
          2,
        ),
      );
    else terminal.print(describe(diagnosis));
  },
};

/**
 * The embedded references answer rightly, Node is new enough, reports can be written.
 * Native TensorFlow is optional.
 */
function isHealthy({ node, references, reports }: Diagnosis): boolean {
  return (
    node.isSupported &&
    reports.isWritable &&
    references.every(({ available, embedded, probe }) => (available ? probe === 'ok' : !embedded))
  );
}

function describe({
  node,
  references,
  parts,
  cache,
  reports,
}: Diagnosis & { readonly parts: readonly PartState[] }): string {
  return [
    `node             ${node.version} on ${node.platform}${node.isSupported ? '' : ': logitfuzz needs 20.19 or newer'}`,
    ...references.map(referenceLine),
    ...parts.map(partLine),
    `cache            ${cache.folder} (${cache.megabytes} MB)`,
    `reports          ${reports.folder}${reports.isWritable ? '' : ': cannot be written'}`,
  ].join('\n');
}

function referenceLine({ name, available, version, engine, formats, probe }: ReferenceDiagnosis): string {
  const there = `${version}, ${engine}, takes ${formats.join(', ')}; probe ${probe}`;
  return `${name.padEnd(17)}${available ? there : `missing: ${probe}`}`;
}

/** What is optional, and for what: nobody who does not use it needs it. */
function partLine({ name, use, found, remedy }: PartState): string {
  return `${name.padEnd(17)}${found ?? `not there, for ${use}; ${remedy}`}`;
}
