/** `logitfuzz doctor --subject`: whether a kit keeps to docs/protocol.md, line by line. */
import type { Connection } from '../case/connection.ts';
import { kitStartMs } from '../connect/command.ts';
import { checkConformance, type ConformanceLine } from '../connect/conformance/conformance.ts';
import { connectorOf } from '../connect/connect.ts';
import { UsageError } from '../contract/failure.ts';
import { terminal } from './terminal.ts';

export interface KitOptions {
  readonly connection?: Connection;
  readonly json: boolean;
}

/** The exit code is 1 where the kit does not keep to it. @throws UsageError of a subject that is no kit */
export async function doctorOfKit(subject: string, { connection = {}, json }: KitOptions): Promise<void> {
  const program = (await connectorOf(subject).load()).program?.(subject, connection);
  if (program === undefined)
    throw new UsageError(
      `the subject ${JSON.stringify(subject)} is not asked over the protocol: cmd:… and .py are`,
    );
  const whose = `the subject ${JSON.stringify(subject)}`;
  const { welcome, lines } = await checkConformance(program, { whose, startMs: kitStartMs });
  process.exitCode = lines.some(({ result }) => result === 'fail') ? 1 : 0;
  if (json) {
    const document = { schemaVersion: 1, command: 'doctor', exitCode: process.exitCode, subject };
    terminal.print(JSON.stringify({ ...document, welcome, checks: lines }, null, 2));
  } else terminal.print(textOf(lines));
}

function textOf(lines: readonly ConformanceLine[]): string {
  const width = Math.max(...lines.map(({ check }) => check.length));
  const counts = (['pass', 'fail', 'skip'] as const).map(
    (result) => `${lines.filter((line) => line.result === result).length} ${result}`,
  );
  return [
    ...lines.map(({ check, result, seen }) => `${result}  ${check.padEnd(width)}  ${seen}`),
    counts.join(', '),
  ].join('\n');
}
