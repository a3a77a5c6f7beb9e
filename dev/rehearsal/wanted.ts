import { isDeepStrictEqual } from "node:util";

/** What of the wanted fields is otherwise, one sentence each: objects by the fields that are named, lists and all else whole. */
export function lacking(seen: unknown, wanted: unknown, path = ""): string[] {
  if (isObject(wanted) && isObject(seen))
    return Object.entries(wanted).flatMap(([name, each]) =>
      lacking(seen[name], each, path ? `${path}.${name}` : name),
    );
  return isDeepStrictEqual(seen, wanted) ? [] : [`${path} is ${show(seen)}, not ${show(wanted)}`];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Any value in one line. */
export const show = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}` : each)) ?? "nothing";
