/** A subject module as an Implementation: hands it copies, and sees what it does beside its values. */
import { answerFormat } from '../case/answer-format.ts';
import type { Case } from '../case/case.ts';
import { canBeInvalid, invalidityText } from '../case/invalid-arguments.ts';
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import { whyUnsupported } from '../case/why-unsupported.ts';
import { kernelPlaceOf, kernelTable, type SubjectModule } from '../contract/subject.ts';
import { decodedHalves, isHalf, type FloatArray, type Format } from '../float/format.ts';
import { callInForm, isOfManyCalls, type Waiting } from './call-in-form.ts';
import { describeThrown, foreignFloatsOf, isThenable, outcomeOfThrown } from './foreign-values.ts';
import type { HandedData } from './hand-over.ts';
import {
  handArguments,
  handOtherArguments,
  putBack,
  putOthers,
  writesOf,
  type HandedArguments,
} from './handed-arguments.ts';
import { defaultArithmetic, type Implementation } from './implementation.ts';
import { readResult, type Reader } from './read-result.ts';

/**
 * A subject's module, ready to be asked. `name` is for a module that has none of its own;
 * `afterCall` is called when a call has come to its end, before anything of it is looked at.
 */
export function subjectImplementation(
  module: SubjectModule,
  { name, afterCall = ignore }: { readonly name: string; readonly afterCall?: () => void },
): Implementation {
  // Read once: the exports of a module are slow to look up by a name that varies.
  const kernels = kernelTable.map(({ kernel }) => module[kernel] as Kernel | undefined);
  const { supports, refuses = false } = module;
  const arithmetic = { ...defaultArithmetic, ...module.arithmetic };
  let latestCase: Case | null = null;
  let latestData: HandedData | null = null;
  return {
    name: module.name ?? name,
    version: module.version ?? 'unversioned',
    role: 'subject',
    arithmetic,
    declines(c) {
      const place = kernelPlaceOf(c.operation, c.direction);
      if (kernels[place] === undefined) return `no export ${kernelTable[place]!.kernel}`;
      if (c.invalid !== undefined && !refuses)
        return 'invalid arguments, which it does not say that it refuses';
      // Shrinking may take away what is made wrong.
      if (c.invalid !== undefined && !canBeInvalid(c, c.invalid)) return 'nothing is invalid';
      return supports === undefined ? null : whyUnsupported(c, supports);
    },
    run(c) {
      const call: Call = {
        kernel: kernels[kernelPlaceOf(c.operation, c.direction)]!,
        handed: handArguments(c),
        before: latestCase === c ? latestData : null,
        returned: null,
        answerFormat: answerFormat(c, arithmetic),
        afterCall,
      };
      const outcome = runInForm(c, call);
      if (outcome instanceof Promise)
        return outcome.then((later) => {
          latestCase = c;
          latestData = call.returned;
          return later;
        });
      latestCase = c;
      latestData = call.returned;
      return outcome;
    },
  };
}

interface Call {
  readonly kernel: Kernel;
  readonly handed: HandedArguments;
  /** What the identical call before it returned, where it was the last one. */
  readonly before: HandedData | null;
  /** What this one did. */
  returned: FloatArray | Uint16Array | null;
  readonly answerFormat: Format;
  readonly afterCall: () => void;
}

type Kernel = (...args: readonly unknown[]) => unknown;

/** The call that is judged, and those that the case's form of it needs beside it. */
function runInForm(c: Case, call: Call): Outcome | Promise<Outcome> {
  if (!isOfManyCalls(c.call)) return runKernel(c, call);
  const { kernel, handed } = call;
  return callInForm(c.call, {
    judged: (beside) => runKernel(c, call, beside),
    another: () => callAside(kernel, handOtherArguments(c)),
    before() {
      putOthers(c, handed);
      const waiting = callAside(kernel, handed.args);
      if (waiting !== null) return waiting.then(() => putBack(handed));
      putBack(handed);
      return null;
    },
    returned: () => valuesOf(call),
  });
}

/** What the call returned now holds. */
function valuesOf({ returned, answerFormat: format }: Call): FloatArray | null {
  return returned !== null && isHalf(format) && foreignFloatsOf(returned)?.format === 'bits'
    ? decodedHalves(returned, format)
    : (returned as FloatArray | null);
}

/** What `beside` waits for has ended before the result is read. */
function runKernel(c: Case, call: Call, beside?: () => Waiting): Outcome | Promise<Outcome> {
  const { kernel, handed, afterCall } = call;
  const limit = c.invalid === undefined ? null : stopTracing();
  let returned: unknown;
  let isPending: boolean;
  try {
    returned = kernel(...handed.args);
    isPending = isThenable(returned);
  } catch (error) {
    if (limit !== null) traceAgain(limit);
    afterCall();
    return observeThrown(c, call, error);
  }
  if (limit !== null) traceAgain(limit);
  afterCall();
  return isPending ? settle(c, call, returned, beside?.() ?? null) : observe(c, call, returned);
}

/**
 * An error that is due is made without its stack, which takes V8 some ten times as long as all else of such a
 * call, and which nobody reads.
 * @returns the limit that there was.
 */
function stopTracing(): number {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', 0);
  return stackTraceLimit;
}

/** As before, unless the call itself has said how many frames it wants. */
function traceAgain(limit: number): void {
  if (Error.stackTraceLimit === 0) Reflect.set(Error, 'stackTraceLimit', limit);
}

async function settle(c: Case, call: Call, pending: unknown, waiting: Waiting): Promise<Outcome> {
  let returned: unknown;
  try {
    returned = await pending;
  } catch (error) {
    call.afterCall();
    return observeThrown(c, call, error);
  }
  call.afterCall();
  if (waiting !== null) await waiting;
  return observe(c, call, returned);
}

/** Makes a call of which nothing is judged. */
function callAside(kernel: Kernel, args: readonly unknown[]): Waiting {
  try {
    const returned = kernel(...args);
    return isThenable(returned) ? settled(returned) : null;
  } catch {
    return null;
  }
}

async function settled(pending: unknown): Promise<void> {
  try {
    await pending;
  } catch {
    // nothing is judged of it
  }
}

function ignore(): void {}

/** Whoever refuses invalid arguments leaves them as they were. */
function observeThrown(c: Case, { handed }: Call, error: unknown): Outcome {
  const outcome = outcomeOfThrown(error);
  if (c.invalid === undefined || outcome.kind !== 'threw') return outcome;
  const violations = writesOf(c, handed);
  return violations.length === 0 ? outcome : { kind: 'values', tensor: null, violations };
}

/** Throws for nothing that the subject has made of its arguments or of its result. */
function observe(c: Case, call: Call, result: unknown): Outcome {
  const { handed, before, answerFormat: format } = call;
  const violations = writesOf(c, handed);
  if (c.invalid !== undefined) return accepted(c, violations);
  const reader: Reader = { format, handed: handed.tensors, before, violations, returned: null };
  try {
    const tensor = readResult(c, result, reader);
    call.returned = reader.returned;
    return { kind: 'values', tensor, violations };
  } catch (error) {
    call.returned = reader.returned;
    violations.push({ kind: 'not-a-tensor', detail: `reading the result threw ${describeThrown(error)}` });
    return { kind: 'values', tensor: null, violations };
  }
}

function accepted(c: Case, violations: readonly ConductViolation[]): Outcome {
  const detail = `the call returned, and ${invalidityText(c, c.invalid!)} is invalid`;
  return { kind: 'values', tensor: null, violations: [{ kind: 'accepted', detail }, ...violations] };
}
