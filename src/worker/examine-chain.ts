/**
 * An index of a campaign that maximizes: a chain of cases
 * that climbs to the subject's largest error ÷ tolerance.
 */
import { caseToJson, type CaseJson } from '../case/case-json.ts';
import type { CaseJudgement } from '../judge/judge-case.ts';
import { climb } from '../search/climb.ts';
import { examineCase, type Batch } from '../examine/examine.ts';
import type { Examiner, CaseToExamine } from '../examine/examiner.ts';
import type { WorkerSetup } from './protocol.ts';
import { spaceOf } from './space.ts';

/**
 * Every case of the chain is judged and counted as any other, under the chain's index.
 * A divergence ends the chain.
 */
export async function examineChain(
  examiner: Examiner,
  batch: Batch,
  toExamine: Pick<CaseToExamine, 'index' | 'shrink' | 'known'> & {
    readonly setup: WorkerSetup;
    readonly chainCases: { write(c: CaseJson): void };
    readonly goOn: (() => Promise<boolean>) | undefined;
  },
): Promise<void> {
  const { setup, chainCases, goOn, index } = toExamine;
  const space = { ...spaceOf(setup), refuses: false }; // what is refused has no error to climb
  await climb({ seed: BigInt(setup.seed), chain: index, space }, async (c) => {
    if (goOn !== undefined && !(await goOn())) return null;
    // From the index alone nobody could say which case it was that took the process down.
    chainCases.write(caseToJson(c));
    let worth: number | null = 0;
    const onJudged = (judgement: CaseJudgement): void => void (worth = worthOf(judgement));
    const pending = examineCase(examiner, batch, { ...toExamine, case: c, onJudged });
    if (pending instanceof Promise) await pending;
    return worth;
  });
}

function worthOf([{ verdict }]: CaseJudgement): number | null {
  if (verdict.kind === 'diverge') return null;
  return verdict.kind === 'agree' ? verdict.worstRatio : 0;
}
