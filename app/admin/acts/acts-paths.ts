import type { ActKind } from "@/lib/desk/acts/kinds";

export const ACTS_PATH = "/admin/acts";

type Asked = { readonly account?: string | null; readonly undoes?: string };

/** Where an act is filled in, previewed and done. */
export function actPath(kind: ActKind, { account, undoes }: Asked = {}): string {
  const query = new URLSearchParams();
  if (account) query.set("account", account);
  if (undoes) query.set("undoes", undoes);
  const text = query.toString();
  return `${ACTS_PATH}/${kind}${text ? `?${text}` : ""}`;
}
