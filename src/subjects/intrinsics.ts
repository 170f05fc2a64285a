/**
 * What the language gives to all code of a process (`Array.prototype.push`, `Promise`, `JSON`), as it was
 * before the subject was loaded. A subject that puts something else there changes the judges, too: it is
 * seen, put back and told. What protect-numerics.ts holds is not even let go.
 */

/** To be taken before any code is loaded that is not ours. */
export interface Intrinsics {
  /** Whether what the judges use most is as it was: for after every call, since it takes hardly any time. */
  isIntact(): boolean;
  /**
   * Looks at all of it, and puts back what is not as it was: for after every range, since that takes time.
   * @returns null where nothing was changed, and else what, and whether it could be put back.
   */
  restore(): Change | null;
}

export interface Change {
  /** The first that was changed, as a program would say it: `Array.prototype.push`. */
  readonly name: string;
  readonly isRestored: boolean;
}

export function changeSentence({ name }: Change): string {
  return `${name} was changed, which all code of the process shares`;
}

type Owner = Readonly<Record<PropertyKey, unknown>>;

const prototypeOf = (value: unknown): object => Object.getPrototypeOf(value) as object;
const typedArray = prototypeOf(Float32Array) as { readonly prototype: object };

/** Whose properties are looked at, each with its name. */
const owners: readonly (readonly [string, object])[] = [
  ...([Array, ArrayBuffer, BigInt, Buffer, Date, Error, Map, Promise, Set, String, Symbol] as const),
  ...([Boolean, DataView, Float32Array, Float64Array, Function, Int32Array, Number, Object] as const),
  ...([RangeError, RegExp, SharedArrayBuffer, TypeError, Uint8Array, WeakMap, WeakRef] as const),
]
  .flatMap((type): (readonly [string, object])[] => [
    [type.name, type],
    [`${type.name}.prototype`, type.prototype as object],
  ])
  .concat([
    ['TypedArray', typedArray],
    ['TypedArray.prototype', typedArray.prototype],
    ['the iterator of arrays', prototypeOf([][Symbol.iterator]())],
    ['the iterator of maps', prototypeOf(new Map()[Symbol.iterator]())],
    ['the iterator of sets', prototypeOf(new Set()[Symbol.iterator]())],
    ['the iterator of strings', prototypeOf(''[Symbol.iterator]())],
    ['the iterator of matches', prototypeOf(''.matchAll(/x/g))],
    ['the prototype of iterators', prototypeOf(prototypeOf([][Symbol.iterator]()))],
    ['the prototype of generators', prototypeOf(function* () {}.prototype)],
    ['the prototype of asynchronous functions', prototypeOf(async () => {})],
    ['JSON', JSON],
    ['Atomics', Atomics],
    ['Math', Math],
    ['Reflect', Reflect],
  ]);

/** The names by which the judges find all that: others of the global object are anybody's. */
const globalNames: readonly string[] = [
  ...owners.map(([name]) => name).filter((name) => name in globalThis),
  ...(['BigUint64Array', 'Uint32Array', 'WeakSet', 'isNaN', 'parseFloat', 'parseInt', 'process'] as const),
  ...(['queueMicrotask', 'setImmediate', 'setInterval', 'setTimeout', 'structuredClone'] as const),
  ...(['clearInterval', 'clearTimeout', 'performance'] as const),
];

/** Compilers and debuggers set these of Error, and nobody judges by them. */
const ofStacks: readonly PropertyKey[] = ['prepareStackTrace', 'stackTraceLimit'];

interface Snapshot {
  readonly name: string;
  readonly owner: object;
  readonly prototype: object | null;
  readonly keys: readonly PropertyKey[];
  readonly descriptors: readonly PropertyDescriptor[];
}

// All that is used below is held here, or is syntax: nothing of it is asked of what may have been changed.
const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { is } = Object;
const { apply: applyHeld, set: setProperty, setPrototypeOf } = Reflect;

export function takeIntrinsics(): Intrinsics {
  const snapshots = owners.map(([name, owner]): Snapshot => {
    const keys = ownKeys(owner).filter((key) => owner !== Error || !ofStacks.includes(key));
    const descriptors = keys.map((key) => Object.freeze(getOwnPropertyDescriptor(owner, key)!));
    return { name, owner, prototype: getPrototypeOf(owner), keys, descriptors };
  });
  const globals = globalNames.map((name) => globalsByName[name]);
  return {
    isIntact: isMostIntact,
    restore() {
      let change = restoreGlobals(globals);
      for (let i = 0; i < snapshots.length; i++) {
        const found = restoreOwner(snapshots[i]!);
        if (found !== null && (change === null || !found.isRestored)) change = found;
      }
      return change;
    },
  };
}

const globalsByName = globalThis as unknown as Record<string, unknown>;

/** By their values: some of them are behind a getter, which Node puts another in place of. */
function restoreGlobals(values: readonly unknown[]): Change | null {
  let change: Change | null = null;
  for (let i = 0; i < values.length; i++) {
    const name = globalNames[i]!;
    if (is(globalsByName[name], values[i])) continue;
    setProperty(globalThis, name, values[i]);
    if (globalsByName[name] !== values[i])
      defineProperty(globalThis, name, { value: values[i], writable: true, configurable: true });
    const isRestored = globalsByName[name] === values[i];
    if (change === null || !isRestored) change = { name, isRestored };
  }
  return change;
}

function restoreOwner({ name, owner, prototype, keys, descriptors }: Snapshot): Change | null {
  let change: Change | null = null;
  const note = (what: string, isRestored: boolean): void => {
    if (change === null || !isRestored) change = { name: what, isRestored };
  };
  if (getPrototypeOf(owner) !== prototype) note(`the prototype of ${name}`, setPrototypeOf(owner, prototype));
  for (let i = 0; i < keys.length; i++) {
    const now = getOwnPropertyDescriptor(owner, keys[i]!);
    const before = descriptors[i]!;
    if (now !== undefined && isSame(now, before)) continue;
    note(textOf(name, keys[i]!), defineProperty(owner, keys[i]!, before));
  }
  const all = ownKeys(owner);
  if (all.length === keys.length) return change;
  for (let i = 0; i < all.length; i++) {
    if (!isHarmful(owner, all[i]!) || isAmong(keys, all[i]!)) continue;
    note(textOf(name, all[i]!), deleteProperty(owner, all[i]!));
  }
  return change;
}

function isSame(now: PropertyDescriptor, before: PropertyDescriptor): boolean {
  return is(now.value, before.value) && now.get === before.get && now.set === before.set;
}

/** The symbols by which the language itself asks. */
const wellKnown: readonly PropertyKey[] = Object.getOwnPropertyNames(Symbol)
  .map((name) => (Symbol as unknown as Record<string, unknown>)[name])
  .filter((value) => typeof value === 'symbol');

function isAmong(keys: readonly PropertyKey[], key: PropertyKey): boolean {
  for (let i = 0; i < keys.length; i++) if (keys[i] === key) return true;
  return false;
}

/**
 * What is added does no harm under a name that nobody asks for; but every object has what Object.prototype
 * has, and a list what stands in Array.prototype under a number.
 */
function isHarmful(owner: object, key: PropertyKey): boolean {
  return (
    owner === objectPrototype ||
    (typeof key === 'symbol' && isAmong(wellKnown, key)) ||
    key === 'then' ||
    key === 'toJSON' ||
    key === '0'
  );
}

function textOf(owner: string, key: PropertyKey): string {
  return typeof key === 'symbol' ? `${owner}[${symbolText(key)}]` : `${owner}.${key}`;
}

const description = getOwnPropertyDescriptor(Symbol.prototype, 'description')!.get!;

function symbolText(key: symbol): string {
  return (applyHeld(description, key, []) as string | undefined) ?? 'a symbol';
}

const [arrays, arrayIterator] = [Array.prototype, prototypeOf([][Symbol.iterator]()) as Owner];
const { push, pop, map, filter, find, findIndex, some, every, slice, splice, join, forEach } = arrays;
const { concat, entries, fill, flat, flatMap, includes, indexOf, keys, reduce, sort, at } = arrays;
const iterate = arrays[Symbol.iterator];
const nextOfArray = arrayIterator['next'];
const { isArray, from } = Array;
const [maps, sets] = [Map.prototype, Set.prototype];
const { get, set, has, values: valuesOfMap, entries: entriesOfMap, forEach: forEachOfMap } = maps;
const { add, has: hasOfSet, values: valuesOfSet } = sets;
const [mapIterator, setIterator] = [
  prototypeOf(new Map()[Symbol.iterator]()) as Owner,
  prototypeOf(new Set()[Symbol.iterator]()) as Owner,
];
const [nextOfMap, nextOfSet] = [mapIterator['next'], setIterator['next']];
const typed = typedArray.prototype as Float64Array;
const { set: setOfTyped, subarray, slice: sliceOfTyped, fill: fillOfTyped, every: everyOfTyped } = typed;
const { findIndex: findIndexOfTyped, map: mapOfTyped, some: someOfTyped } = typed;
const iterateTyped = typed[Symbol.iterator];
const [promises, objectPrototype, functions] = [Promise.prototype, Object.prototype, Function.prototype];
const { then, catch: catchOf } = promises;
const { resolve, all } = Promise;
const { call, apply, bind } = functions;
const { hasOwnProperty, toString } = objectPrototype;
const { stringify, parse } = JSON;
const strings = String.prototype;
const { split, replace, replaceAll, slice: sliceOfString, padStart, padEnd, startsWith, endsWith } = strings;
const [ArrayHeld, MapHeld, SetHeld, PromiseHeld, JsonHeld] = [Array, Map, Set, Promise, JSON];
const [BufferHeld, StringHeld, SymbolHeld, BigIntHeld] = [Buffer, String, Symbol, BigInt];
const [ErrorHeld, ArrayBufferHeld, queue, pause] = [Error, ArrayBuffer, queueMicrotask, setTimeout];
const nothing = {};

/** Written out, so that V8 compares each with what it knows to be constant, and takes no time for it. */
function isMostIntact(): boolean {
  for (const _ in nothing) return false; // something of Object.prototype
  return (
    arrays.push === push &&
    arrays.pop === pop &&
    arrays.map === map &&
    arrays.filter === filter &&
    arrays.find === find &&
    arrays.findIndex === findIndex &&
    arrays.some === some &&
    arrays.every === every &&
    arrays.slice === slice &&
    arrays.splice === splice &&
    arrays.join === join &&
    arrays.forEach === forEach &&
    arrays.concat === concat &&
    arrays.entries === entries &&
    arrays.fill === fill &&
    arrays.flat === flat &&
    arrays.flatMap === flatMap &&
    arrays.includes === includes &&
    arrays.indexOf === indexOf &&
    arrays.keys === keys &&
    arrays.reduce === reduce &&
    arrays.sort === sort &&
    arrays.at === at &&
    arrays[Symbol.iterator] === iterate &&
    arrayIterator['next'] === nextOfArray &&
    Array.isArray === isArray &&
    Array.from === from &&
    maps.get === get &&
    maps.set === set &&
    maps.has === has &&
    maps.values === valuesOfMap &&
    maps.entries === entriesOfMap &&
    maps[Symbol.iterator] === entriesOfMap &&
    maps.forEach === forEachOfMap &&
    sets.add === add &&
    sets.has === hasOfSet &&
    sets.values === valuesOfSet &&
    sets[Symbol.iterator] === valuesOfSet &&
    mapIterator['next'] === nextOfMap &&
    setIterator['next'] === nextOfSet &&
    typed.set === setOfTyped &&
    typed.subarray === subarray &&
    typed.slice === sliceOfTyped &&
    typed.fill === fillOfTyped &&
    typed.every === everyOfTyped &&
    typed.findIndex === findIndexOfTyped &&
    typed.map === mapOfTyped &&
    typed.some === someOfTyped &&
    typed[Symbol.iterator] === iterateTyped &&
    promises.then === then &&
    promises.catch === catchOf &&
    PromiseHeld.resolve === resolve &&
    PromiseHeld.all === all &&
    promises.constructor === PromiseHeld &&
    functions.call === call &&
    functions.apply === apply &&
    functions.bind === bind &&
    objectPrototype.hasOwnProperty === hasOwnProperty &&
    objectPrototype.toString === toString &&
    !('then' in objectPrototype) &&
    JsonHeld.stringify === stringify &&
    JsonHeld.parse === parse &&
    strings.split === split &&
    strings.replace === replace &&
    strings.replaceAll === replaceAll &&
    strings.slice === sliceOfString &&
    strings.padStart === padStart &&
    strings.padEnd === padEnd &&
    strings.startsWith === startsWith &&
    strings.endsWith === endsWith &&
    Array === ArrayHeld &&
    Map === MapHeld &&
    Set === SetHeld &&
    Promise === PromiseHeld &&
    JSON === JsonHeld &&
    Buffer === BufferHeld &&
    String === StringHeld &&
    Symbol === SymbolHeld &&
    BigInt === BigIntHeld &&
    Error === ErrorHeld &&
    ArrayBuffer === ArrayBufferHeld &&
    queueMicrotask === queue &&
    setTimeout === pause
  );
}
