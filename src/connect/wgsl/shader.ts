/** What a WGSL source says of its entry points. Read by its text alone. */

/** A function that can be dispatched. */
export interface EntryPoint {
  readonly name: string;
  /** Invocations of a workgroup; null where that is no plain number. */
  readonly workgroup: number | null;
}

export function entryPointsOf(source: string): readonly EntryPoint[] {
  const text = source.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, ' ');
  // Attributes stand before the function, in any order.
  const functions = text.matchAll(/((?:@\w+(?:\s*\([^)]*\))?\s*)+)fn\s+(\w+)/g);
  return [...functions].flatMap(([, attributes, name]) => {
    if (!/@compute\b/.test(attributes!)) return [];
    const size = /@workgroup_size\s*\(\s*(\d+)u?\s*(?:,\s*1u?\s*)*,?\s*\)/.exec(attributes!);
    return [{ name: name!, workgroup: size === null ? null : Number(size[1]) }];
  });
}
