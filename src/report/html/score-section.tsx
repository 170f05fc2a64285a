/** How well the oracles find planted bugs: the score that was last taken under the reports root. */
import type { VNode } from 'preact';
import { plainText } from '../../archive/plain-text.ts';
import { countText } from './kernels.ts';
import { Mark } from './mark.tsx';
import { Scroller, Section } from './section.tsx';

export interface Score {
  readonly mutants: readonly {
    readonly name: string;
    readonly class: string;
    readonly killed: boolean;
    readonly casesToKill: number | null;
    readonly oracles: readonly string[];
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
                <td>{mutant.oracles.map((oracle) => plainText(oracle, 20)).join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </Section>
  );
}
