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
import type { Tensor } from '../tensor/tensor.ts';
import { whyInvalid } from './case-check.ts';
import type { Case, DrawnCheck, Loss } from './case.ts';
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
    logits: tensorToJson(c.logits),
    ...(c.cotangent === undefined ? {} : { cotangent: tensorToJson(c.cotangent) }),
    ...(c.loss === undefined ? {} : { loss: lossToJson(c.loss) }),
    regimes: [...c.regimes],
    checks: [...c.checks],
  };
}

function lossToJson(loss: Loss): LossJson {
  return {
    target: tensorToJson(loss.target),
    reduction: loss.reduction,
    labelSmoothing: loss.labelSmoothing,
    ...(loss.weight === undefined ? {} : { weight: tensorToJson(loss.weight) }),
    ...(loss.ignoreIndex === undefined ? {} : { ignoreIndex: loss.ignoreIndex }),
  };
}

/**
 * The case that `caseToJson` wrote, to the bit. `name` is where the data is from, for the message.
 * @throws UsageError naming the path and the value, where the data is no case, or one that the contract forbids.
 */
export function caseFromJson(value: unknown, { name = 'the case' }: { name?: string } = {}): Case {
  const json = parseData(caseSchema, value, { name });
  const c: Case = {
    operation: json.operation,
    direction: json.direction,
    format: json.format,
    axis: json.axis,
    logits: floatsFrom(json.logits, `${name}: logits`),
    ...(json.cotangent === undefined ? {} : { cotangent: floatsFrom(json.cotangent, `${name}: cotangent`) }),
    ...(json.loss === undefined ? {} : { loss: lossFrom(json.loss, name) }),
    regimes: json.regimes,
    checks: json.checks,
  };
  const reason = whyInvalid(c);
  if (reason !== null) throw new UsageError(`${name}: ${reason}`);
  return c;
}

function lossFrom(json: LossJson, name: string): Loss {
  return {
    target: tensorFromJson(json.target, { name: `${name}: loss.target` }) as Loss['target'],
    reduction: json.reduction,
    labelSmoothing: json.labelSmoothing,
    ...(json.weight === undefined ? {} : { weight: floatsFrom(json.weight, `${name}: loss.weight`) }),
    ...(json.ignoreIndex === undefined ? {} : { ignoreIndex: json.ignoreIndex }),
  };
}

function floatsFrom(json: TensorJson, name: string): Tensor {
  const { shape, data } = tensorFromJson(json, { name });
  if (data instanceof Int32Array)
    throw new UsageError(`${name}.format is "int32", but has to be float32 or float64`);
  return { shape, data };
}
