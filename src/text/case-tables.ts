/** A finding's smallest case as tables and as a call: what goes in, what came out, what was due. */
import { answerFormat } from '../case/answer-format.ts';
import { readCase } from '../case/case-json.ts';
import type { CallForm } from '../case/call-form.ts';
import { outputShape, type Case } from '../case/case.ts';
import { tensorsOf, type CaseTensor } from '../case/case-tensors.ts';
import type { Finding } from '../case/finding.ts';
import { toleranceNameOf } from '../case/verdict.ts';
import { tensorFromJson, type TensorJson } from '../case/tensor-json.ts';
import { kernelNameOf } from '../contract/subject.ts';
import { encodedHalves, isHalf, type ElementFormat } from '../float/format.ts';
import { toldUlps } from '../float/ulp.ts';
import { acceptedError, isAccepted } from '../float/acceptance.ts';
import { argumentsOf } from '../subjects/kernel-arguments.ts';
import { isSameShape, toMultiIndex } from '../tensor/tensor.ts';
import { ulpsText } from './far-off.ts';
import { bitsText, elementText, numberText, roundedText } from './number-text.ts';
import { markdownTable } from './plain-text.ts';
import { arrayNameOf, optionsLiteral, shapeLiteral, tensorLiteral } from './script-lines.ts';

interface Column {
  readonly name: string;
  readonly shape: readonly number[];
  readonly length: number;
  cell(at: number): string;
}

/** One table for each shape among the tensors: the logits' first, then those of what has another. */
export interface CaseTable {
  readonly header: readonly string[];
  readonly rows: readonly CaseRow[];
}

export interface CaseRow {
  readonly cells: readonly string[];
  /**
   * worst: the element that the finding names; guilty: another one outside its tolerance;
   * gap: rows are left out here.
   */
  readonly kind: 'plain' | 'guilty' | 'worst' | 'gap';
}

/**
 * How much is shown of a table: all up to `max` rows, of a
 * longer one its ends and the rows about the worst element's.
 */
export interface RowLimits {
  readonly max: number;
  readonly head: number;
  readonly tail: number;
  readonly about: number;
}

const pageLimits: RowLimits = { max: 20, head: 6, tail: 3, about: 4 };

/** The tables of a finding's minimal case, in Markdown. */
export function caseTables(finding: Finding): string {
  return caseTablesOf(finding)
    .map(({ header, rows }) => markdownTable(header, rows.map(markdownRow)))
    .join('\n\n');
}

function markdownRow({ cells, kind }: CaseRow): readonly string[] {
  if (kind !== 'worst') return cells;
  const [place, ...rest] = cells;
  return [`**${place} ◀**`, ...rest.map((cell) => (cell === '' ? '' : `**${cell}**`))];
}

export function caseTablesOf(finding: Finding, limits: RowLimits = pageLimits): readonly CaseTable[] {
  const c = readCase(finding.minimal);
  const columns = [...inputColumns(c), ...outputColumns(finding, c)];
  const tables: Column[][] = [];
  for (const column of columns) {
    const table = tables.find(([first]) => isSameShape(first!.shape, column.shape));
    if (table === undefined) tables.push([column]);
    else table.push(column);
  }
  const isViolation = violationsOf(finding);
  return tables.map((table) => tableOf(table, { finding, shape: outputShape(c), isViolation, limits }));
}

/** Whether an element of the output is outside its tolerance; never, where there is nothing to compare. */
function violationsOf(finding: Finding): (at: number) => boolean {
  const format = answerFormat(finding, finding.arithmetic);
  const [due, values, allowed] = [dataOf(finding.exact), dataOf(finding.got), allowedIn(finding)];
  if (due === null || values === null || allowed === null || values.length !== due.length) return () => false;
  return (at) =>
    allowed[at]! < Infinity && !isAccepted(values[at]!, { exact: due[at]!, tolerance: allowed[at]!, format });
}

type Data = Float32Array | Float64Array | Int32Array;

function column(name: string, shape: readonly number[], data: Data, format: ElementFormat): Column {
  return { name, shape, length: data.length, cell: (at) => elementText(data[at]!, format) };
}

function inputColumns(c: Case): readonly Column[] {
  return tensorsOf(c).map(({ name, tensor, format }) => column(name, tensor.shape, tensor.data, format));
}

function outputColumns(finding: Finding, c: Case): readonly Column[] {
  const shape = outputShape(c);
  const [exact, got, allowed] = [dataOf(finding.exact), dataOf(finding.got), allowedIn(finding)];
  const columns: Column[] = [];
  if (exact !== null) columns.push(column('exact', shape, exact, 'float64'));
  if (got !== null) columns.push(column('got', finding.got!.shape, got, finding.got!.format));
  if (exact === null || got === null || !isSameShape(finding.got!.shape, shape)) return columns;
  const error = (at: number): string => errorText(Math.abs(got[at]! - exact[at]!));
  columns.push({ name: 'error', shape, length: got.length, cell: error });
  const format = answerFormat(c, finding.arithmetic);
  if (allowed !== null) {
    const cell = (at: number): string =>
      allowedText(got[at]!, { exact: exact[at]!, tolerance: allowed[at]!, format });
    columns.push({ name: 'allowed', shape, length: got.length, cell });
  }
  const ulpsAt = (at: number): number | null => toldUlps(got[at]!, { exact: exact[at]!, format });
  columns.push({
    name: 'ULPs',
    shape,
    length: got.length,
    cell: (at) => ulpsText(ulpsAt(at), { exact: exact[at]!, format }),
  });
  return columns;
}

/** The tolerances that belong to the finding's severity. */
function allowedIn(finding: Finding): Data | null {
  return dataOf(finding[toleranceNameOf(finding.severity)]);
}

function dataOf(json: TensorJson | null): Data | null {
  return json === null ? null : tensorFromJson(json, { name: 'the finding' }).data;
}

function allowedText(got: number, interval: Parameters<typeof acceptedError>[1]): string {
  return roundedText(acceptedError(got, interval));
}

function errorText(error: number): string {
  return Number.isNaN(error) ? '' : roundedText(error);
}

function tableOf(
  columns: readonly Column[],
  {
    finding,
    shape,
    isViolation,
    limits,
  }: {
    finding: Finding;
    shape: readonly number[];
    isViolation: (at: number) => boolean;
    limits: RowLimits;
  },
): CaseTable {
  const [first] = columns;
  const isOutput =
    isSameShape(first!.shape, shape) && columns.some(({ name }) => name === 'got' || name === 'exact');
  const worst = isOutput ? finding.element : null;
  const rows: CaseRow[] = [];
  let last = -1;
  for (const at of shownRows(first!.length, worst, limits)) {
    if (at > last + 1) rows.push({ cells: ['…', ...columns.map(() => '')], kind: 'gap' });
    const place = `[${toMultiIndex(at, first!.shape).join(', ')}]`;
    const kind = at === worst ? 'worst' : isOutput && isViolation(at) ? 'guilty' : 'plain';
    rows.push({ cells: [place, ...columns.map(({ cell }) => cell(at))], kind });
    last = at;
  }
  return { header: ['at', ...columns.map(({ name }) => name)], rows };
}

function shownRows(
  length: number,
  worst: number | null,
  { max, head, tail, about }: RowLimits,
): readonly number[] {
  const all = [...Array(Math.min(length, 2 ** 20)).keys()];
  if (length <= max) return all;
  return all.filter(
    (at) => at < head || at >= length - tail || (worst !== null && Math.abs(at - worst) <= about),
  );
}

const callElementsMax = 64;

/** The call as JavaScript, to the bit but for a NaN's payload; null where it would not fit a screen. */
export function caseCall(finding: Finding): string | null {
  const c = readCase(finding.minimal);
  const tensors = tensorsOf(c);
  if (tensors.reduce((total, { tensor }) => total + tensor.data.length, 0) > callElementsMax) return null;
  const literals: string[] = [];
  let weight: string | null = null;
  const args = argumentsOf(c, (part) => {
    if (part.name === 'weight') weight = `weight: ${literal(part, c.call)}`;
    else literals.push(literal(part, c.call));
    return part.tensor;
  });
  const options = optionsLiteral(args.at(-1) as Readonly<Record<string, unknown>>, weight);
  return `${kernelNameOf(c.operation, c.direction)}(\n  ${[...literals, options].join(',\n  ')},\n)`;
}

function literal({ tensor: { shape, data }, format }: CaseTensor, call: CallForm | undefined): string {
  if (call?.kind === 'view') return tensorLiteral({ shape, data }, format, call);
  if (isHalf(format)) {
    const bits = Array.from(encodedHalves(data, format), bitsText).join(', ');
    return `{ shape: ${shapeLiteral(shape)}, data: ${arrayNameOf(format)}.of(${bits}), dtype: '${format}' }`;
  }
  const numbers = Array.from(data, (value) => numberText(value, format)).join(', ');
  return `{ shape: ${shapeLiteral(shape)}, data: ${data.constructor.name}.of(${numbers}) }`;
}
