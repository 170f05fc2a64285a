/** What a caller may count on beside the values, in a sentence for each way of not keeping to it. */
import type { Symptom } from '../../case/verdict.ts';

const demands: Partial<Record<Symptom, string>> = {
  'input-written':
    'The arguments are the caller’s, who still needs them: after the call they hold what they held before it.',
  'outside-written':
    'The buffer around an argument that is a view is not the function’s: after the call it holds what it held before it.',
  'output-aliased':
    'A result is a new array. One that shares memory with an argument, or with another result, changes when the other is written to.',
  'output-overwritten': 'A result is the caller’s. It stays as it is, whatever is called later.',
  'not-a-tensor':
    'The result is an object with a shape and with data that is a Float32Array or a Float64Array.',
  shape: 'The shape of the result follows from the shape of the input and the axis.',
  format:
    'The result has the format of the input: Float32Array for Float32Array, Float64Array for Float64Array.',
  printed: 'A function that computes prints nothing.',
  'intrinsic-changed': 'What the language gives to all code of a process stays as it is.',
  threw: 'The arguments are valid, so that there is an answer, and the function gives it.',
  'timed-out':
    'The arguments are valid, so that there is an answer, and the function gives it within seconds.',
  crashed:
    'The arguments are valid, so that there is an answer; a process that ends gives none, and takes all else with it.',
  'out-of-memory': 'The input is small, and so is what is needed to work out the answer.',
  accepted:
    'The arguments are invalid, and the function says of itself that it refuses such arguments by an error.',
  'not-repeatable': 'The same call with the same arguments gives the same answer, bit for bit.',
  'depends-on-earlier-calls':
    'What a call gives depends on its arguments alone, and not on what was called before it.',
};

export function demandOf(symptom: Symptom): string {
  return demands[symptom] ?? 'A caller cannot work with a function that does this.';
}
