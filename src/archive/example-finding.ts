/** Example findings and runs for the tests of what stores and tells them. Not a part of the package's interface. */
import { caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { caseSummary } from '../case/case-summary.ts';
import type { Finding } from '../case/finding.ts';
import { signatureOf, signatureText } from '../case/signature.ts';
import { tensorToJson } from '../case/tensor-json.ts';
import type { Counted, PartRecord, RunRecord } from './run-record.ts';

/** Two equal logits: the answer is a half each. */
export const exampleCase: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: 0,
  logits: { shape: [2, 1], data: Float32Array.of(0, -0) },
  regimes: ['ties'],
  checks: ['repeat'],
};

const divergence = { oracle: 'exact', severity: 'wrong', symptom: 'ulps' } as const;

/** A reference that gives a quarter for a half: 2^22 ULPs of 2^-24 off, the ULP at a half being 2^-24. */
export function exampleFinding(changes: Partial<Finding> = {}): Finding {
  const shape = [2, 1];
  const tolerance = tensorToJson({ shape, data: Float64Array.of(2 ** -22, 2 ** -22) });
  return {
    schemaVersion: 1,
    signature: signatureText(signatureOf(exampleCase, { blame: 'tfjs-wasm', divergence })),
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    ...divergence,
    alsoBy: ['differential'],
    blame: 'tfjs-wasm',
    known: false,
    ledger: null,
    count: 12,
    ulps: 2 ** 22,
    case: caseSummary(exampleCase),
    sentence: 'tfjs-wasm answers 0.25 at [1, 0], and 0.5 is due',
    law: null,
    seed: '18446744073709551615',
    index: 4711,
    minimal: caseToJson(exampleCase),
    original: caseToJson(exampleCase),
    element: 1,
    guilty: 1,
    got: tensorToJson({ shape, data: Float32Array.of(0.5, 0.25) }),
    exact: tensorToJson({ shape, data: Float64Array.of(0.5, 0.5) }),
    careful: tolerance,
    naive: tolerance,
    allowed: 2 ** -22,
    terms: [{ name: 'the rounding of exp', value: 2 ** -22 }],
    answers: [
      { name: 'from-scratch', version: '0.1.0', role: 'subject', verdict: 'agree', reason: null, value: 0.5 },
      {
        name: 'tfjs-wasm',
        version: '4.22.0',
        role: 'reference',
        verdict: 'diverge',
        reason: 'off',
        value: 0.25,
      },
    ],
    subject: { name: 'from-scratch', version: '0.1.0', module: null },
    arithmetic: { expUlps: 1, logUlps: 1, flushesSubnormals: false },
    references: [
      { name: 'tfjs-wasm', available: true, version: '4.22.0', engine: 'XNNPACK', reason: null },
      { name: 'tfjs-node', available: false, version: null, engine: null, reason: 'not installed' },
    ],
    shrink: { evaluations: 20, steps: 5, stoppedBy: 'minimal', confirmed: true },
    provenance: { tool: '0.1.0', generatorVersion: 1, node: 'v20.20.0', platform: 'linux x64' },
    ...changes,
  };
}

const exampleCounts: Counted = {
  cases: 100,
  elements: 4_000,
  finiteElements: 3_900,
  inconclusiveElements: 1,
  verdicts: { agree: 98, diverge: 0, inconclusive: 1, skip: 1 },
  byImplementation: { 'from-scratch': { agree: 98, diverge: 0, inconclusive: 1, skip: 1 } },
  byKernel: { 'softmax/forward/from-scratch': { agree: 98, diverge: 0, inconclusive: 1, skip: 1 } },
  worstRatio: { 'softmax/forward/from-scratch': 0.25 },
  skips: { 'from-scratch: too wide': 1 },
  inconclusive: { 'softmax/huge': 1 },
  coverage: { 'ties/softmax/forward/last': 50 },
  widths: { 'ties/2-7': 50 },
  checks: { repeat: 3 },
  worstCases: {},
  errors: {
    'softmax/forward/float32/width/1/from-scratch': { cases: 12, ulps: 1.5, allowed: 6, notFinite: 0 },
  },
};

export function examplePart(changes: Partial<PartRecord> = {}): PartRecord {
  return {
    seed: '7',
    shard: { number: 1, of: 1 },
    runs: 100,
    corpus: null,
    stoppedBy: 'runs',
    startedAt: '2024-02-29T13:45:01.123Z',
    seconds: 2.5,
    sightings: [],
    ...exampleCounts,
    ...changes,
  };
}

export function exampleRun(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    schemaVersion: 1,
    command: 'fuzz',
    exitCode: 0,
    stoppedBy: 'runs',
    run: 'reports/runs/20240229T134501123Z-7-ab12',
    startedAt: '2024-02-29T13:45:01.123Z',
    tool: '0.1.0',
    generatorVersion: 1,
    node: 'v20.20.0',
    platform: 'linux x64',
    seed: '7',
    budget: { runs: 100, timeMs: null, maxFindings: null, shrinkEvaluations: 2_000, maximize: false },
    operations: ['softmax'],
    formats: ['float32'],
    workers: 1,
    shard: { number: 1, of: 1 },
    strict: false,
    subject: { name: 'from-scratch', version: '0.1.0', module: null },
    references: exampleFinding().references,
    seconds: 2.5,
    casesPerSecond: 40,
    meanElements: 40,
    ...exampleCounts,
    breaks: [],
    parts: [examplePart()],
    findings: [],
    ...changes,
  };
}
