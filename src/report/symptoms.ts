/**
 * What each symptom of a divergence means, in a few words:
 * for rules and test names that stand without the tool.
 */
import type { Symptom } from '../case/verdict.ts';

export const symptomTexts: Readonly<Record<Symptom, string>> = {
  nan: 'NaN where a number is right, or the reverse',
  inf: 'An infinity where a finite number is right, or the reverse',
  sign: 'The wrong sign',
  zero: 'Zero where another value is right',
  ulps: 'Further from the exact value than its tolerance',
  'input-written': 'An input was written to',
  'outside-written': 'The call wrote outside of an array that it was given',
  'output-aliased': 'The output shares memory with an input',
  'output-overwritten': 'A later call overwrote the output',
  'not-a-tensor': 'The result is no tensor',
  shape: 'The result has the wrong shape',
  format: 'The result has the wrong format',
  printed: 'The call printed something',
  'intrinsic-changed': 'The call changed what the language gives to all code of the process',
  accepted: 'Invalid arguments were answered',
  'not-repeatable': 'The same call gave other bits',
  'depends-on-earlier-calls': 'Right alone in a fresh process, and not after other calls',
  threw: 'The call threw on a valid case',
  'timed-out': 'The call did not return in time',
  crashed: 'The call ended the process',
  'out-of-memory': 'The call used up the memory',
};

/** Those of values; every other is one of conduct. */
export const valueSymptoms: ReadonlySet<Symptom> = new Set(['nan', 'inf', 'sign', 'zero', 'ulps']);
