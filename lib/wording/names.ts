import { isolated } from "../plain-text";

/** `Ada`, `Ada or Grace`, `Ada, Grace or Edsger`: names as they may stand in an English sentence. */
export function oneOf(names: readonly string[]): string {
  const [last = "", ...others] = names.map(isolated).reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
}
