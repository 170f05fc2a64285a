/** What a WGSL source says of its entry points. Read by its text alone. */

/** A function that can be dispatched. */
export interface EntryPoint {
  readonly name: string;
  /** Invocations of a workgroup; null where that is no plain number. */
  readonly workgroup: number | null;
}

export function entryPointsOf(source: string): readonly EntryPoint[] {
  const text = withoutComments(source);
  // Attributes stand before the function, in any order.
  const functions = text.matchAll(/((?:@\w+(?:\s*\([^)]*\))?\s*)+)fn\s+(\w+)/g);
  return [...functions].flatMap(([, attributes, name]) => {
    if (!/@compute\b/.test(attributes!)) return [];
    const size = /@workgroup_size\s*\(\s*(\d+)u?\s*(?:,\s*1u?\s*)*,?\s*\)/.exec(attributes!);
    return [{ name: name!, workgroup: size === null ? null : Number(size[1]) }];
  });
}

/** Whether it says `enable f16;`: only a device that was asked for it takes such a source. */
export function enablesHalves(source: string): boolean {
  return /\benable\b[^;]*\bf16\b/.test(withoutComments(source));
}

/** Whether the buffer at this binding of group 0 is declared as one of f16: not where its type has a name. */
export function isOfHalves(source: string, binding: number): boolean {
  const declared = withoutComments(source).matchAll(
    /((?:@\w+\s*\([^)]*\)\s*)+)var\s*<[^>]*>\s*\w+\s*:\s*([^;]+);/g,
  );
  return [...declared].some(
    ([, attributes, type]) =>
      /@group\s*\(\s*0u?\s*\)/.test(attributes!) &&
      new RegExp(`@binding\\s*\\(\\s*${binding}u?\\s*\\)`).test(attributes!) &&
      /\b(?:f16|vec[234]h)\b/.test(type!),
  );
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, ' ');
}
