/** How well the oracles find planted bugs: the score that was last taken under the reports root. */
import type { VNode } from 'preact';
import { plainText } from '../../text/plain-text.ts';
import { countText } from './kernels.ts';
import { Mark } from './mark.tsx';
import { Scroller, Section } from './section.tsx';

/** The part of the score's record that is shown here. */
export interface Score {
  readonly mutants: readonly {
    readonly name: string;
    readonly class: string;
    readonly killed: boolean;
    /** Null where it survived. */
    readonly casesToKill: number | null;
    /** `first`: in how many campaigns the oracle was the first to fire. */
    readonly oracles: readonly { readonly oracle: string; readonly first: number }[];
  }[];
}

export function ScoreSection({ score: { mutants } }: { readonly score: Score }): VNode {
  const killed = mutants.filter((mutant) => mutant.killed).length;
  return (
    <Section
      id="score"
      title="Would it be found?"
      lead={`Of ${countText(mutants.length)} planted wrong kernels ${countText(killed)} are found.`}
    >
      <Scroller label="Planted wrong kernels">
        <table class="score">
          <thead>
            <tr>
              <th scope="col">planted mistake</th>
              <th scope="col">class</th>
              <th scope="col">found</th>
              <th scope="col">by</th>
            </tr>
          </thead>
          <tbody>
            {mutants.map((mutant) => (
              <tr>
                <th scope="row">{plainText(mutant.name, 100)}</th>
                <td>{plainText(mutant.class, 40)}</td>
                <td>
                  <span class={`cell ${mutant.killed ? 'agree' : 'wrong'}`}>
                    <Mark kind={mutant.killed ? 'agree' : 'wrong'} />{' '}
                    {mutant.casesToKill === null ? 'not found' : `in ${countText(mutant.casesToKill)} cases`}
                  </span>
                </td>
                <td>{firstOf(mutant.oracles)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </Section>
  );
}

function firstOf(oracles: Score['mutants'][number]['oracles']): string {
  const fired = oracles.filter(({ first }) => first > 0).sort((a, b) => b.first - a.first);
  return fired.map(({ oracle }) => plainText(oracle, 20)).join(', ');
}
