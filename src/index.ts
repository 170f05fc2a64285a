/**
 * The public API: the kernels by the contract's names, the
 * contract, the nouns, and the pieces of the pipeline.
 */
export * from './kernels/index.ts';
export type * from './contract/subject.ts';
export { operations, directions, reductions, halfLevels, kernelTable } from './contract/subject.ts';
export { UnsupportedError, isUnsupported } from './contract/unsupported.ts';
export { UsageError, InfrastructureError } from './contract/failure.ts';
export type { Tensor, HalfTensor, FloatTensor, IndexTensor } from './tensor/tensor.ts';
export { toHalfTensor } from './tensor/half-tensor.ts';
export type { Format, NativeFormat, HalfFormat, FloatArray } from './float/format.ts';
export { formats, encodedHalves, decodedHalves } from './float/format.ts';
export { ulpDistance, ulpError, ulpSize, nextUp, nextDown } from './float/ulp.ts';
export type { Case, Loss, DrawnCheck } from './case/case.ts';
export { caseToJson, caseFromJson, type CaseJson } from './case/case-json.ts';
export type { CallForm } from './case/call-form.ts';
export { caseSummary } from './case/case-summary.ts';
export type { Outcome, ConductViolation } from './case/outcome.ts';
export type {
  Verdict,
  Divergence,
  Severity,
  Symptom,
  OracleName,
  ToleranceTerm,
  Judged,
} from './case/verdict.ts';
export type { Signature } from './case/signature.ts';
export { signatureOf, signatureText } from './case/signature.ts';
export type { Finding } from './case/finding.ts';
export { generateCase, generatorVersion } from './generate/generate-case.ts';
export { caseArbitrary } from './shrink/case-arbitrary.ts';
export { shrinkCase } from './shrink/shrink-case.ts';
export type { Implementation } from './subjects/implementation.ts';
export { subjectImplementation } from './subjects/subject-implementation.ts';
export {
  references,
  type Reference,
  type Reference as ReferenceLoader,
  type LoadedReference,
} from '../reference/index.ts';
export { ledger, ledgerEntryFor } from '../reference/ledger/ledger.ts';
export type { BlamedDivergence, LedgerEntry } from '../reference/ledger/entry.ts';
export type { Answer, ToleranceExplanation } from './oracles/answer.ts';
export { answerOf, explainTolerance } from './oracles/exact.ts';
export {
  judgeCase,
  type Participants,
  type Participants as Jury,
  type CaseJudgement,
} from './judge/judge-case.ts';
export { defineConfig, type CampaignConfig, type Config } from './cli/config.ts';
