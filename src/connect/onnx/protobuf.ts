/**
 * The wire format of protocol buffers, both ways: fields of a message by their numbers. Knows no message.
 */

/** One field as it stands there: a number, or bytes, which may be a message, a string or packed numbers. */
export type Field =
  | { readonly number: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly kind: 'fixed'; readonly bytes: Uint8Array }
  | { readonly number: number; readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** @throws RangeError where the bytes are no message. */
export function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) fields.push(readField(reader));
  return fields;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function readField(reader: Reader): Field {
  const key = Number(readVarint(reader));
  const number = Math.floor(key / 8);
  if (number === 0) throw new RangeError('it has a field of the number 0');
  switch (key % 8) {
    case 0:
      return { number, kind: 'varint', value: readVarint(reader) };
    case 1:
      return { number, kind: 'fixed', bytes: take(reader, 8) };
    case 2:
      return { number, kind: 'bytes', bytes: take(reader, Number(readVarint(reader))) };
    case 5:
      return { number, kind: 'fixed', bytes: take(reader, 4) };
    default:
      throw new RangeError(`it has a field of the unknown wire type ${key % 8}`);
  }
}

function take(reader: Reader, length: number): Uint8Array {
  const { bytes, at } = reader;
  if (length > bytes.length - at) throw new RangeError('it ends in the middle of a field');
  reader.at += length;
  return bytes.subarray(at, at + length);
}

const varintBytesMax = 10;

function readVarint(reader: Reader): bigint {
  let value = 0n;
  for (let i = 0; i < varintBytesMax; i++) {
    const [byte] = take(reader, 1) as unknown as readonly [number];
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  throw new RangeError('it has a number of more than 64 bits');
}

/** The last value of a field that stands there once, as an int64; undefined where it does not. */
export function intIn(fields: readonly Field[], number: number): bigint | undefined {
  const field = fields.findLast((one) => one.number === number);
  return field?.kind === 'varint' ? BigInt.asIntN(64, field.value) : undefined;
}

/** All values of a repeated int64, packed or not. */
export function intsIn(fields: readonly Field[], number: number): readonly bigint[] {
  return fields.flatMap((field) => {
    if (field.number !== number) return [];
    if (field.kind === 'varint') return [BigInt.asIntN(64, field.value)];
    const values: bigint[] = [];
    const reader = { bytes: field.bytes, at: 0 };
    while (reader.at < field.bytes.length) values.push(BigInt.asIntN(64, readVarint(reader)));
    return values;
  });
}

/** All values of a field that holds bytes: messages, strings. */
export function bytesIn(fields: readonly Field[], number: number): readonly Uint8Array[] {
  return fields.flatMap((field) => (field.number === number && field.kind === 'bytes' ? [field.bytes] : []));
}

const decoder = new TextDecoder();

/** All values of a field of strings. */
export function textsIn(fields: readonly Field[], number: number): readonly string[] {
  return bytesIn(fields, number).map((bytes) => decoder.decode(bytes));
}

/** A message of fields by their numbers; a list stands for a repeated field. */
export function message(fields: Readonly<Record<number, Written | readonly Written[]>>): Uint8Array {
  const bytes: number[] = [];
  for (const [number, written] of Object.entries(fields))
    for (const value of Array.isArray(written) ? (written as readonly Written[]) : [written as Written])
      writeField(bytes, Number(number), value);
  return Uint8Array.from(bytes);
}

/** An integer, a string, or the bytes of a message. */
export type Written = number | bigint | string | Uint8Array;

const encoder = new TextEncoder();

function writeField(to: number[], number: number, value: Written): void {
  if (typeof value === 'number' || typeof value === 'bigint') {
    writeVarint(to, BigInt(number * 8));
    writeVarint(to, BigInt.asUintN(64, BigInt(value)));
    return;
  }
  const bytes = typeof value === 'string' ? encoder.encode(value) : value;
  writeVarint(to, BigInt(number * 8 + 2));
  writeVarint(to, BigInt(bytes.length));
  for (const byte of bytes) to.push(byte);
}

function writeVarint(to: number[], value: bigint): void {
  let rest = value;
  for (; rest > 127n; rest >>= 7n) to.push(Number(rest & 127n) | 128);
  to.push(Number(rest));
}
