/**
 * Keeps what the judges compute with as it is. A subject that replaced Math.exp for everybody would be judged
 * by its own mistake, and pass: in strict mode its assignment throws instead, in sloppy mode it does nothing.
 * For worker processes, before the subject is loaded.
 */

const arrays = [Float32Array, Float64Array, Int32Array] as const;

export function protectNumerics(): void {
  for (const owner of [Math, Number, Object, Reflect]) {
    hold(owner, Object.getOwnPropertyNames(owner));
    makeFast(owner);
  }
  // Their methods are those of all typed arrays, which a polyfill may touch: none of their own may come
  // before them. Not frozen: V8 then makes and reads every such array the slow way, at more than twice the
  // time of a whole case.
  for (const array of arrays) Object.preventExtensions(Object.freeze(array).prototype);
  hold(globalThis, ['Math', 'Number', 'Object', 'Reflect', ...arrays.map(({ name }) => name)]);
}

/** What is there stays; more may be added. */
function hold(owner: object, names: readonly string[]): void {
  for (const name of names) {
    const { value } = Object.getOwnPropertyDescriptor(owner, name)!;
    if (value !== undefined) Object.defineProperty(owner, name, { writable: false, configurable: false });
  }
}

/**
 * V8 keeps an object whose properties were changed one by one as a hash table, and then no `Math.exp` is a
 * constant to its compiler: a case takes a fifth longer. An object that others inherit from it makes fast
 * again, once a warm read goes through it.
 */
function makeFast(owner: object): void {
  const heir = Object.create(owner) as { readonly missing?: unknown };
  for (let reads = 0; reads < readsToWarm; reads++) readMissing(heir);
}

const readsToWarm = 100;

function readMissing(heir: { readonly missing?: unknown }): unknown {
  return heir.missing;
}
