/** The canonical JSON of a Case: all that it takes to run it again, without the generator that drew it. */
import { z } from 'zod';
import { UsageError } from '../contract/failure.ts';
import {
  directions,
  operations,
  reductions,
  type Direction,
  type Operation,
  type Reduction,
} from '../contract/subject.ts';
import { formats, type Format } from '../float/format.ts';
import type { IndexTensor, Tensor } from '../tensor/tensor.ts';
import { callFormSchema, type CallForm } from './call-form.ts';
import { whyInvalid } from './case-check.ts';
import { isIndexTarget, type Case, type DrawnCheck, type Loss } from './case.ts';
import { invalidities, type Invalidity } from './invalidity.ts';
import { parseData } from './parse-data.ts';
import { tensorFromJson, tensorSchema, tensorToJson, type TensorJson } from './tensor-json.ts';

export interface LossJson {
  readonly target: TensorJson;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weight?: TensorJson;
  readonly ignoreIndex?: number;
}

/** A case as JSON: tensors as base64 of their bytes. */
export interface CaseJson {
  readonly schemaVersion: 1;
  readonly operation: Operation;
  readonly direction: Direction;
  readonly format: Format;
  readonly axis: number;
  readonly logits: TensorJson;
  readonly cotangent?: TensorJson;
  readonly loss?: LossJson;
  readonly call?: CallForm;
  readonly invalid?: Invalidity;
  readonly regimes: readonly string[];
  readonly checks: readonly DrawnCheck[];
}

const lossSchema: z.ZodType<LossJson> = z.strictObject({
  target: tensorSchema,
  reduction: z.enum(reductions),
  labelSmoothing: z.number(),
  weight: z.exactOptional(tensorSchema),
  ignoreIndex: z.exactOptional(z.int()),
});

export const caseSchema: z.ZodType<CaseJson> = z.strictObject({
  schemaVersion: z.literal(1),
  operation: z.enum(operations),
  direction: z.enum(directions),
  format: z.enum(formats),
  axis: z.int(),
  logits: tensorSchema,
  cotangent: z.exactOptional(tensorSchema),
  loss: z.exactOptional(lossSchema),
  call: z.exactOptional(callFormSchema),
  invalid: z.exactOptional(z.enum(invalidities)),
  regimes: z.array(z.string().max(100)).max(100),
  checks: z.array(z.enum(['gradient', 'property', 'repeat'])).max(3),
});

/** A case as plain data for JSON, in its one canonical form. */
export function caseToJson(c: Case): CaseJson {
  return {
    schemaVersion: 1,
    operation: c.operation,
    direction: c.direction,
    format: c.format,
    axis: c.axis,
    logits: tensorToJson(c.logits, c.format),
    ...(c.cotangent === undefined ? {} : { cotangent: tensorToJson(c.cotangent, c.format) }),
    ...(c.loss === undefined ? {} : { loss: lossToJson(c.loss, c.format) }),
    ...(c.call === undefined ? {} : { call: c.call }),
    ...(c.invalid === undefined ? {} : { invalid: c.invalid }),
    regimes: [...c.regimes],
    checks: [...c.checks],
  };
}

function lossToJson(loss: Loss, format: Format): LossJson {
  return {
    target: tensorToJson(loss.target, isIndexTarget(loss.target) ? 'int32' : format),
    reduction: loss.reduction,
    labelSmoothing: loss.labelSmoothing,
    ...(loss.weight === undefined ? {} : { weight: tensorToJson(loss.weight, format) }),
    ...(loss.ignoreIndex === undefined ? {} : { ignoreIndex: loss.ignoreIndex }),
  };
}

/**
 * The case that `caseToJson` wrote, to the bit. `name` is where the data is from, for the message.
 * @throws UsageError naming the path and the value, where the data is no case, or one that the contract
 * forbids.
 */
export function caseFromJson(value: unknown, { name = 'the case' }: { name?: string } = {}): Case {
  const json = parseData(caseSchema, value, { name });
  const c: Case = {
    operation: json.operation,
    direction: json.direction,
    format: json.format,
    axis: json.axis,
    logits: floatsFrom(json, json.logits, { name, part: 'logits' }),
    ...(json.cotangent === undefined
      ? {}
      : { cotangent: floatsFrom(json, json.cotangent, { name, part: 'cotangent' }) }),
    ...(json.loss === undefined ? {} : { loss: lossFrom(json, json.loss, name) }),
    ...(json.call === undefined ? {} : { call: json.call }),
    ...(json.invalid === undefined ? {} : { invalid: json.invalid }),
    regimes: json.regimes,
    checks: json.checks,
  };
  const reason = whyInvalid(c);
  if (reason !== null) throw new UsageError(`${name}: ${reason}`);
  return c;
}

const read = new WeakMap<CaseJson, Case>();

/**
 * The case as `caseFromJson` makes it, for whoever only reads it: what tells of a finding asks for its case
 * again and again, and all of them get the same one.
 */
export function readCase(json: CaseJson): Case {
  const known = read.get(json);
  if (known !== undefined) return known;
  const c = caseFromJson(json);
  read.set(json, c);
  return c;
}

function lossFrom(c: CaseJson, json: LossJson, name: string): Loss {
  return {
    target:
      json.target.format === 'int32'
        ? (tensorFromJson(json.target, { name: `${name}: loss.target` }) as IndexTensor)
        : floatsFrom(c, json.target, { name, part: 'loss.target' }),
    reduction: json.reduction,
    labelSmoothing: json.labelSmoothing,
    ...(json.weight === undefined
      ? {}
      : { weight: floatsFrom(c, json.weight, { name, part: 'loss.weight' }) }),
    ...(json.ignoreIndex === undefined ? {} : { ignoreIndex: json.ignoreIndex }),
  };
}

/** @throws UsageError where the tensor is not of the case's format. */
function floatsFrom(
  { format }: CaseJson,
  json: TensorJson,
  { name, part }: { readonly name: string; readonly part: string },
): Tensor {
  const tensor = tensorFromJson(json, { name: `${name}: ${part}` });
  if (json.format === 'int32')
    throw new UsageError(`${name}: ${part}.format is "int32", but has to be float32 or float64`);
  if (json.format !== format) throw new UsageError(`${name}: ${part} is ${json.format}, not ${format}`);
  return tensor as Tensor;
}
