import { invalidParameter } from "./errors";
import type { FormNode, FormTree } from "./form";

export type Param<T, Needed extends boolean = false> = {
  needed: Needed;
  read(node: FormNode, at: string): T;
};

type Shape = Record<string, Param<unknown, boolean>>;
export type Values<S extends Shape> = {
  [K in keyof S]: S[K] extends Param<infer T, true>
    ? T
    : S[K] extends Param<infer T, boolean>
      ? T | undefined
      : never;
};

function param<T>(read: (node: FormNode, at: string) => T): Param<T> {
  return { needed: false, read };
}

export function needed<T>(inner: Param<T, boolean>): Param<T, true> {
  return { needed: true, read: inner.read };
}

function plain(node: FormNode, at: string): string {
  if (typeof node !== "string") throw invalidParameter(`Invalid string: ${JSON.stringify(node)}`, at);
  return node;
}

/** Text that must not be empty: ids, URLs, codes. */
export const word = param((node, at) => {
  const text = plain(node, at);
  if (text !== "") return text;
  const message =
    `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; ` +
    `however '${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`;
  throw invalidParameter(message, at, "parameter_invalid_empty");
});

/** Text that an empty string unsets. */
export const text = param((node, at) => {
  const value = plain(node, at);
  if (value.length > 5000) throw invalidParameter(`Invalid string: ${at} is too long`, at);
  return value === "" ? null : value;
});

export const integer = param((node, at) => {
  const value = plain(node, at);
  if (!/^-?\d{1,15}$/.test(value))
    throw invalidParameter(`Invalid integer: ${value}`, at, "parameter_invalid_integer");
  return Number(value);
});

export const decimal = param((node, at) => {
  const value = plain(node, at);
  if (!/^-?\d{1,9}(\.\d{1,4})?$/.test(value)) throw invalidParameter(`Invalid decimal: ${value}`, at);
  return Number(value);
});

export const flag = param((node, at) => {
  const value = plain(node, at);
  if (value !== "true" && value !== "false") throw invalidParameter(`Invalid boolean: ${value}`, at);
  return value === "true";
});

export function oneOf<const T extends string>(...choices: T[]): Param<T> {
  return param((node, at) => {
    const value = plain(node, at);
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const last = choices[choices.length - 1];
    const list = choices.length > 1 ? `${choices.slice(0, -1).join(", ")}, or ${last}` : last;
    throw invalidParameter(`Invalid ${at}: must be one of ${list}`, at);
  });
}

export function either<A, B>(first: Param<A>, second: Param<B>): Param<A | B> {
  return param<A | B>((node, at) => {
    try {
      return first.read(node, at);
    } catch {
      return second.read(node, at);
    }
  });
}

/** An empty string unsets the whole value. */
export function unsettable<T>(inner: Param<T>): Param<T | null> {
  return param((node, at) => (node === "" ? null : inner.read(node, at)));
}

export function list<T>(item: Param<T>): Param<T[]> {
  return param((node, at) => {
    if (node === "") return [];
    if (typeof node === "string") throw invalidParameter("Invalid array", at);
    return Object.keys(node).map((key, index) => {
      if (key !== String(index)) throw invalidParameter("Invalid array", at);
      return item.read(node[key] ?? "", `${at}[${key}]`);
    });
  });
}

export function hash<S extends Shape>(shape: S): Param<Values<S>> {
  return param((node, at) => {
    if (typeof node === "string") throw invalidParameter("Invalid object", at);
    return readHash(shape, node, at);
  });
}

export function readHash<S extends Shape>(shape: S, tree: FormTree, at = ""): Values<S> {
  const name = (key: string) => (at ? `${at}[${key}]` : key);
  const values: Record<string, unknown> = {};
  for (const [key, node] of Object.entries(tree)) {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (!known)
      throw invalidParameter(`Received unknown parameter: ${name(key)}`, name(key), "parameter_unknown");
    values[key] = known.read(node, name(key));
  }
  for (const [key, known] of Object.entries(shape)) {
    if (known.needed && values[key] === undefined)
      throw invalidParameter(`Missing required param: ${name(key)}.`, name(key), "parameter_missing");
  }
  return values as Values<S>;
}

export type MetadataChange = Record<string, string> | null;

/** `null` clears all keys; a key with an empty value is unset. */
export const metadata: Param<MetadataChange> = param((node, at) => {
  if (node === "") return null;
  if (typeof node === "string") throw invalidParameter("Invalid object", at);
  const entries = Object.entries(node).map(([key, value]): [string, string] => {
    if (key.length > 40) throw invalidParameter(`Metadata keys can have up to 40 characters: ${key}`, at);
    const content = plain(value, `${at}[${key}]`);
    if (content.length > 500)
      throw invalidParameter(
        `Metadata values can have up to 500 characters, but ${key} is longer.`,
        `${at}[${key}]`,
      );
    return [key, content];
  });
  return Object.fromEntries(entries);
});

export function mergeMetadata(current: Record<string, string>, change: MetadataChange | undefined) {
  if (change === undefined) return current;
  if (change === null) return {};
  const merged = Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(([, value]) => value !== ""),
  );
  if (Object.keys(merged).length > 50)
    throw invalidParameter("You can specify at most 50 metadata keys.", "metadata");
  return merged;
}

export const address = hash({
  city: text,
  country: text,
  line1: text,
  line2: text,
  postal_code: text,
  state: text,
});

export function filledAddress(given: Values<AddressShape> | null | undefined) {
  if (!given) return null;
  const { city = null, country = null, line1 = null, line2 = null, postal_code = null, state = null } = given;
  return { city, country, line1, line2, postal_code, state };
}

type AddressShape = {
  city: typeof text;
  country: typeof text;
  line1: typeof text;
  line2: typeof text;
  postal_code: typeof text;
  state: typeof text;
};

const range = hash({ gt: integer, gte: integer, lt: integer, lte: integer });
export const created = either(integer, range);

export const pageShape = { limit: integer, starting_after: word, ending_before: word };
