import type { ActKind } from "@/lib/desk/acts/kinds";

export const ACTS_PATH = "/admin/acts";

type Asked = {
  readonly account?: string | null;
  readonly undoes?: string;
  /** What else is known, by the fields of its form. */
  readonly given?: Readonly<Record<string, string>>;
};

/** Where an act is filled in, previewed and done. */
export function actPath(kind: ActKind, { account, undoes, given = {} }: Asked = {}): string {
  const query = new URLSearchParams();
  if (account) query.set("account", account);
  if (undoes) query.set("undoes", undoes);
  for (const [name, value] of Object.entries(given)) query.set(name, value);
  const text = query.toString();
  return `${ACTS_PATH}/${kind}${text ? `?${text}` : ""}`;
}
