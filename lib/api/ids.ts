import { fromPublicId, toPublicId } from "../ids";

export type HoldAddress = { readonly accountId: string; readonly holdId: string };

/** A hold's id names its account too, so that nothing has to be looked up to know where it is. */
export const toHoldId = ({ accountId, holdId }: HoldAddress): string =>
  toPublicId("hold", accountId) + holdId.replaceAll("-", "");

/** The account and the hold behind a hold's id, or null when the text is not one. */
export function fromHoldId(text: unknown): HoldAddress | null {
  if (typeof text !== "string") return null;
  const accountEnd = "hold_".length + 32;
  const accountId = fromPublicId("hold", text.slice(0, accountEnd));
  const holdId = fromPublicId("hold", `hold_${text.slice(accountEnd)}`);
  return accountId && holdId ? { accountId, holdId } : null;
}
