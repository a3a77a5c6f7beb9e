import { NOTHING } from "@/app/_components/cells";
import type { PlainCell } from "@/app/_components/table";
import { toPublicId } from "@/lib/ids";
import { accountPath } from "./paths";

/** Whose something is, leading to their account. */
export const accountCell = (account: {
  readonly accountId: string | null;
  readonly accountName?: string | null;
}): PlainCell =>
  account.accountId === null
    ? NOTHING
    : {
        text: account.accountName ?? toPublicId("account", account.accountId),
        isQuoted: true,
        href: accountPath(toPublicId("account", account.accountId)),
      };
