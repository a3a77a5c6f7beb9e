type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Names as JavaScript writes them: `next_cursor` → `nextCursor`, all the way down. */
export const toCamelCase = (value: Json): Json => rename(value, camel);

/** Names as the API writes them. */
export const toSnakeCase = (value: object): Json => rename(value as Json, snake);

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function rename(value: Json, by: (name: string) => string): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((each: Json) => rename(each, by));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [by(name), rename(each, by)]));
}
