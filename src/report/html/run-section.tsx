/**
 * What else there is to know of the run: what was declined and undecided, the drawn checks, and where it ran.
 */
import type { VNode } from 'preact';
import { plainText } from '../../text/plain-text.ts';
import { roundedText } from '../../text/number-text.ts';
import type { RunRecord } from '../../archive/run-record.ts';
import { declaredText } from '../../case/arithmetic-text.ts';
import { declinedText } from '../declined-text.ts';
import { drawnText, missingText } from '../drawn-text.ts';
import { machineLines } from '../machines-text.ts';
import { countText, plural } from './kernels.ts';
import { referenceText, subjectText } from '../../text/asked-text.ts';
import { Section } from './section.tsx';

export function RunSection({ run }: { readonly run: RunRecord }): VNode {
  return (
    <Section
      id="run"
      title="The run"
      lead={`Stopped by: ${plainText(run.stoppedBy, 40)}. Written to ${plainText(run.run, 200)}.`}
    >
      <table class="facts">
        <tbody>
          {factsOf(run).map(([name, value]) => (
            <tr>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Counts title="Declined cases, by reason" counts={run.skips} whole={run.cases} />
      <Counts title="Forms of the call" counts={run.forms ?? {}} whole={run.cases} />
      <Counts title="Drawn checks" counts={run.checks} whole={run.cases} />
      <Counts title="Undecided elements" counts={run.inconclusive} whole={run.finiteElements} />
    </Section>
  );
}

function factsOf(run: RunRecord): readonly (readonly [string, string])[] {
  const { budget, shard } = run;
  const declined = declinedText(run);
  const declared = declaredText(run.subject.arithmetic ?? {}, run.formats);
  const missing = missingText(run);
  const seconds = `${roundedText(run.seconds)} s`;
  return [
    ['subject', plainText(subjectText(run.subject), 300)],
    ...run.references.map((reference): readonly [string, string] => [
      plainText(reference.name, 40),
      plainText(referenceText(reference), 300),
    ]),
    [
      'budget',
      `${budget.runs === null ? 'any number of' : countText(budget.runs)} cases, ${budget.timeMs === null ? 'any time' : `${budget.timeMs / 1000} s`}`,
    ],
    ['took', `${seconds}, ${plural(run.workers, 'worker')}, shard ${shard.number} of ${shard.of}`],
    ['cases', `${countText(run.cases)}, of ${roundedText(run.meanElements)} elements on average`],
    ['operations', run.operations.join(', ')],
    ['formats', run.formats.join(', ')],
    ['drawn', plainText(drawnText(run) ?? 'all kernels, all that they are asked', 300)],
    ...(declared === '' ? [] : [['declared', declared] as const]),
    ...(declined === null ? [] : [['skipped', declined] as const]),
    ...(missing === null ? [] : [['missing', missing] as const]),
    ['seed', run.seed],
    ['logitfuzz', plainText(`${run.tool}, generator ${run.generatorVersion}`, 60)],
    ['machine', plainText(machineLines(run).join('; '), 1_000)],
    ['exit code', String(run.exitCode)],
  ];
}

const rowsMax = 200;

function Counts({
  title,
  counts,
  whole,
}: {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly whole: number;
}): VNode | null {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>
        {title} <small>({countText(rows.length)})</small>
      </summary>
      <table class="counts">
        <tbody>
          {rows.slice(0, rowsMax).map(([name, count]) => (
            <tr>
              <th scope="row">{plainText(name, 200)}</th>
              <td>{countText(count)}</td>
              <td>{whole === 0 ? '' : `${roundedText((100 * count) / whole)} %`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > rowsMax ? <p class="note">… and {countText(rows.length - rowsMax)} more.</p> : null}
    </details>
  );
}
