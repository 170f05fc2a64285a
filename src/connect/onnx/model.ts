/** An ONNX model, read and written: its graph, as plain data. Says nothing of what the graph computes. */
import { bytesIn, fieldsOf, intIn, intsIn, message, textsIn, type Field } from './protobuf.ts';

/** The elements of a tensor, by ONNX's number of the type. */
export const elementTypes = {
  float32: 1,
  int32: 6,
  int64: 7,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const;
/** The name of a type that a model is written with. */
export type ElementType = keyof typeof elementTypes;

/** A tensor that goes in or comes out. */
export interface OnnxValue {
  readonly name: string;
  readonly elementType: number;
  /** A number is fixed, a name is not; null where the model does not say the rank. */
  readonly dims: readonly (number | string)[] | null;
}

/** An operator at its place in the graph. */
export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}
/** What an attribute holds; null for what is not read. */
export type OnnxAttribute = bigint | string | readonly bigint[] | null;

/** A tensor that the model brings. */
export interface OnnxInitializer {
  readonly name: string;
  /** Its integers, where that is what it holds and they are in the file. */
  readonly ints: readonly bigint[] | null;
}

export interface OnnxModel {
  /** The version of ONNX's own operators. */
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  /** Without the initializers. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
  /** Where tensors lie that are not in the file, wherever in the model they stand. */
  readonly externalLocations: readonly string[];
}

/** @throws RangeError, whose message is the end of a sentence, where the bytes are no model. */
export function readModel(bytes: Uint8Array): OnnxModel {
  const fields = fieldsOf(bytes);
  const [graphBytes] = bytesIn(fields, 7);
  const version = bytesIn(fields, 8)
    .map(fieldsOf)
    .find((opset) => ['', 'ai.onnx'].includes(textsIn(opset, 1)[0] ?? ''));
  if (intIn(fields, 1) === undefined || graphBytes === undefined) throw new RangeError('it has no graph');
  const opset = version === undefined ? undefined : intIn(version, 2);
  if (opset === undefined) throw new RangeError("it does not say which version of ONNX's operators it uses");
  const graph = fieldsOf(graphBytes);
  const initializers = bytesIn(graph, 5).map((one) => readInitializer(fieldsOf(one)));
  const own = new Set(initializers.map(({ name }) => name));
  return {
    opset: Number(opset),
    nodes: bytesIn(graph, 1).map((one) => readNode(fieldsOf(one))),
    inputs: bytesIn(graph, 11)
      .map((one) => readValue(fieldsOf(one)))
      .filter(({ name }) => !own.has(name)),
    outputs: bytesIn(graph, 12).map((one) => readValue(fieldsOf(one))),
    initializers,
    externalLocations: [
      ...locationsInGraph(graph),
      // functions of the model's own
      ...bytesIn(fields, 25).flatMap((one) => locationsInNodes(bytesIn(fieldsOf(one), 7))),
    ],
  };
}

function readNode(fields: readonly Field[]): OnnxNode {
  const attributes = bytesIn(fields, 5).map((bytes): [string, OnnxAttribute] => {
    const attribute = fieldsOf(bytes);
    return [textsIn(attribute, 1)[0] ?? '', readAttribute(attribute)];
  });
  return {
    op: textsIn(fields, 4)[0] ?? '',
    domain: textsIn(fields, 7)[0] ?? '',
    inputs: textsIn(fields, 1),
    outputs: textsIn(fields, 2),
    attributes: Object.fromEntries(attributes),
  };
}

function readAttribute(fields: readonly Field[]): OnnxAttribute {
  switch (Number(intIn(fields, 20) ?? 0n)) {
    case 2:
      return intIn(fields, 3) ?? 0n;
    case 3:
      return textsIn(fields, 4)[0] ?? '';
    case 7:
      return intsIn(fields, 8);
    default:
      return null;
  }
}

function readValue(fields: readonly Field[]): OnnxValue {
  const [type] = bytesIn(fields, 2);
  const [tensor] = type === undefined ? [] : bytesIn(fieldsOf(type), 1);
  const tensorType = tensor === undefined ? [] : fieldsOf(tensor);
  const [shape] = bytesIn(tensorType, 2);
  const dims = shape === undefined ? null : bytesIn(fieldsOf(shape), 1).map((one) => readDim(fieldsOf(one)));
  return { name: textsIn(fields, 1)[0] ?? '', elementType: Number(intIn(tensorType, 1) ?? 0n), dims };
}

function readDim(fields: readonly Field[]): number | string {
  const value = intIn(fields, 1);
  return value === undefined ? (textsIn(fields, 2)[0] ?? '') : Number(value);
}

function readInitializer(fields: readonly Field[]): OnnxInitializer {
  const name = textsIn(fields, 8)[0] ?? '';
  if (Number(intIn(fields, 2) ?? 0n) !== elementTypes.int64 || isExternal(fields))
    return { name, ints: null };
  const [raw] = bytesIn(fields, 9);
  if (raw === undefined) return { name, ints: intsIn(fields, 7) };
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = Math.floor(raw.byteLength / 8);
  return { name, ints: Array.from({ length: count }, (_, i) => view.getBigInt64(8 * i, true)) };
}

function isExternal(tensor: readonly Field[]): boolean {
  return intIn(tensor, 14) === 1n;
}

function locationsInGraph(graph: readonly Field[]): readonly string[] {
  const sparse = bytesIn(graph, 15).flatMap((one) => bytesIn(fieldsOf(one), 1));
  return [
    ...[...bytesIn(graph, 5), ...sparse].flatMap((one) => locationOf(fieldsOf(one))),
    ...locationsInNodes(bytesIn(graph, 1)),
  ];
}

/** In the tensors and graphs that are attributes. */
function locationsInNodes(nodes: readonly Uint8Array[]): readonly string[] {
  const attributes = nodes.flatMap((node) => bytesIn(fieldsOf(node), 5).map(fieldsOf));
  return attributes.flatMap((attribute) => [
    ...[5, 10].flatMap((field) => bytesIn(attribute, field).flatMap((one) => locationOf(fieldsOf(one)))),
    ...[22, 23].flatMap((field) =>
      bytesIn(attribute, field).flatMap((one) =>
        bytesIn(fieldsOf(one), 1).flatMap((values) => locationOf(fieldsOf(values))),
      ),
    ),
    ...[6, 11].flatMap((field) =>
      bytesIn(attribute, field).flatMap((one) => locationsInGraph(fieldsOf(one))),
    ),
  ]);
}

function locationOf(tensor: readonly Field[]): readonly string[] {
  const entries = bytesIn(tensor, 13).map(fieldsOf);
  const location = entries.find((entry) => textsIn(entry, 1)[0] === 'location');
  if (location !== undefined) return textsIn(location, 2).slice(0, 1);
  return isExternal(tensor) ? [''] : [];
}

/** A graph to be written. */
export interface OnnxGraph {
  readonly opset: number;
  readonly inputs: readonly OnnxValueWritten[];
  readonly outputs: readonly OnnxValueWritten[];
  readonly nodes: readonly OnnxNodeWritten[];
  readonly initializers?: readonly OnnxInts[];
}
/** A tensor that goes in or comes out; without `dims` of any rank. */
export interface OnnxValueWritten {
  readonly name: string;
  readonly type: ElementType;
  /** A number is fixed, a name is not. */
  readonly dims?: readonly (number | string)[];
}
/** An operator; an attribute is an integer, a list of integers, or a string. */
export interface OnnxNodeWritten {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>;
}
/** A list of int64 that the model brings, or that lies in another file. */
export interface OnnxInts {
  readonly name: string;
  readonly ints: readonly number[];
  /** The other file; nobody writes it here. */
  readonly location?: string;
}

/** ONNX's file format 8, which every opset up to 18 goes with, and 10 for those above. */
const [irVersionOld, irVersionNew] = [8, 10];

/** The bytes of a model, for a file that ends with .onnx. */
export function writeOnnxModel({ opset, inputs, outputs, nodes, initializers = [] }: OnnxGraph): Uint8Array {
  const graph = message({
    1: nodes.map(writeNode),
    2: 'logitfuzz',
    5: initializers.map(writeInts),
    11: inputs.map(writeValue),
    12: outputs.map(writeValue),
  });
  const version = opset > 18 ? irVersionNew : irVersionOld;
  return message({ 1: version, 2: 'logitfuzz', 7: graph, 8: message({ 2: opset }) });
}

function writeNode({ op, inputs, outputs, attributes = {} }: OnnxNodeWritten): Uint8Array {
  const written = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'number') return message({ 1: name, 3: value, 20: 2 });
    return typeof value === 'string'
      ? message({ 1: name, 4: value, 20: 3 })
      : message({ 1: name, 8: value, 20: 7 });
  });
  return message({ 1: inputs, 2: outputs, 4: op, 5: written });
}

function writeInts({ name, ints, location }: OnnxInts): Uint8Array {
  const head = { 1: ints.length, 2: elementTypes.int64, 8: name };
  if (location === undefined) return message({ ...head, 7: ints });
  return message({ ...head, 13: message({ 1: 'location', 2: location }), 14: 1 });
}

function writeValue({ name, type, dims }: OnnxValueWritten): Uint8Array {
  const shape = dims?.map((dim) => message(typeof dim === 'number' ? { 1: dim } : { 2: dim }));
  const tensor = { 1: elementTypes[type], ...(shape === undefined ? {} : { 2: message({ 1: shape }) }) };
  return message({ 1: name, 2: message({ 1: message(tensor) }) });
}
