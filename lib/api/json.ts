// No text of ours begins with a control character, so nothing else can look like this.
const MARK = "\u0001";
const MARK_IN_JSON = '"\\u0001';
const MARKED = /"\\u0001(\d+)"/g;

/** An int64 for `toJson`: a number, or beyond 2^53−1 a marked text of all its digits. */
export const jsonInteger = (value: bigint): number =>
  value <= Number.MAX_SAFE_INTEGER ? Number(value) : (`${MARK}${value}` as unknown as number);

/** Writes every digit of every integer, which `JSON.stringify` alone cannot. */
export function toJson(value: object): string {
  const text = JSON.stringify(value);
  return text.includes(MARK_IN_JSON) ? text.replace(MARKED, "$1") : text;
}
