import { requireCustomer } from "@/lib/auth/session";
import { ownerNames } from "./load-billing";
import { askSentence } from "./strip/told";

/** What a member may not do here, and whom to ask, by name. `what` continues "can". */
export async function AskABuyer({ what }: { readonly what: string }) {
  const { accountId } = await requireCustomer();
  const ask = askSentence(await ownerNames(accountId));
  return `You can look, but only an owner or billing member of your account can ${what}. ${ask}`;
}
