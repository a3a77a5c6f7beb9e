import { instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import type { PlainCell } from "@/app/_components/table";
import type { ApiKeyView } from "@/lib/auth/api-keys";
import { toPublicId } from "@/lib/ids";
import { actPath } from "../acts/acts-paths";
import { accountPath } from "../paths";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly caption: string;
  readonly keys: readonly ApiKeyView[];
  readonly where: Where;
  /** All are of one account, which the page names. */
  readonly isOfOne?: boolean;
  readonly empty: string;
};

/** API keys without their secrets, which nobody has kept, and the way to the act that ends each. */
export function ApiKeys({ caption, keys, where, isOfOne = false, empty }: Props) {
  const columns: Column<ApiKeyView>[] = [
    { key: "name", header: "Key", className: "wrap-anywhere", cell: nameCell },
    ...(isOfOne ? [] : [ACCOUNT]),
    { key: "scopes", header: "May", cell: ({ scopes }) => scopes.join(", ") },
    { key: "made", header: "Made", cell: ({ createdAt }) => instantCell(createdAt, "short", where) },
    {
      key: "used",
      header: "Last used",
      cell: ({ lastUsedAt }) => (lastUsedAt ? instantCell(lastUsedAt, "short", where) : NOTHING),
    },
    {
      key: "ends",
      header: "Ends",
      cell: ({ expiresAt }) => (expiresAt ? instantCell(expiresAt, "short", where) : NOTHING),
    },
    { key: "revoke", header: "Revoking", cell: revokeCell },
  ];
  return <DataTable caption={caption} columns={columns} rows={keys} rowKey={({ id }) => id} empty={empty} />;
}

const nameCell = ({ name, id }: ApiKeyView) => (
  <>
    <bdi>{name}</bdi>
    <code className="block text-muted text-sm">{toPublicId("apiKey", id)}</code>
  </>
);

const ACCOUNT: Column<ApiKeyView> = {
  key: "account",
  header: "Account",
  className: "wrap-anywhere",
  cell: ({ onlyAccountId }) => {
    const id = onlyAccountId && toPublicId("account", onlyAccountId);
    return id ? { text: id, href: accountPath(id) } : "Every account";
  },
};

function revokeCell({ id, onlyAccountId, revokedAt, daysLeft }: ApiKeyView): PlainCell {
  if (revokedAt) return { text: "Revoked", isMuted: true };
  if (daysLeft !== null && daysLeft < 0) return { text: "It is over", isMuted: true };
  const account = onlyAccountId && toPublicId("account", onlyAccountId);
  return {
    text: "Revoke",
    href: actPath("revoke_key", { account, given: { key: toPublicId("apiKey", id) } }),
  };
}
