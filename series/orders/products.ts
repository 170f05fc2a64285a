/**
 * Every order in which a product can be multiplied out: the binary trees over its factors, (2r − 3)!! of
 * them.
 */
import type { Machine } from './machine.ts';

export interface Factor {
  readonly value: number;
  /** The product is divided by it. */
  readonly isDivisor?: boolean;
}

/**
 * A leaf is the index of a factor. Left and right are not told apart: multiplication commutes, rounded or
 * not.
 */
export type Tree = number | readonly [Tree, Tree];

const known: Tree[][] = [[], [0]];

export function treesOver(factors: number): readonly Tree[] {
  for (let leaf = known.length - 1; known.length <= factors; leaf++)
    known.push(known[known.length - 1]!.flatMap((tree) => graftings(tree, leaf)));
  return known[factors]!;
}

/** The trees in which one more leaf stands beside some part of the tree. */
function graftings(tree: Tree, leaf: number): Tree[] {
  const beside: Tree = [tree, leaf];
  if (typeof tree === 'number') return [beside];
  const [left, right] = tree;
  return [
    beside,
    ...graftings(left, leaf).map((grafted): Tree => [grafted, right]),
    ...graftings(right, leaf).map((grafted): Tree => [left, grafted]),
  ];
}

/** A divisor divides what it stands beside; two of them, or one alone, are reciprocals. */
export function multiplyOut(tree: Tree, factors: readonly Factor[], machine: Machine): number {
  const { value, isDivisor = false } = node(tree, factors, machine);
  return isDivisor ? machine.round(1 / value) : value;
}

function node(tree: Tree, factors: readonly Factor[], machine: Machine): Factor {
  if (typeof tree === 'number') return factors[tree]!;
  const { round } = machine;
  const [a, b] = [node(tree[0], factors, machine), node(tree[1], factors, machine)];
  if (a.isDivisor === true && b.isDivisor === true)
    return { value: round(round(1 / a.value) * round(1 / b.value)) };
  if (b.isDivisor === true) return { value: round(a.value / b.value) };
  if (a.isDivisor === true) return { value: round(b.value / a.value) };
  return { value: round(a.value * b.value) };
}

/** For a message: each factor by its name, in the brackets of the tree. */
export function treeText(tree: Tree, names: readonly string[]): string {
  return typeof tree === 'number' ? names[tree]! : `(${tree.map((part) => treeText(part, names)).join('·')})`;
}
