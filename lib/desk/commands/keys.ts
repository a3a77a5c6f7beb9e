import type { Reader } from "../../../db/client";
import { type ApiKeyView, type KeysAsked, listApiKeys } from "../../auth/api-keys";
import { toPublicId } from "../../ids";
import { inColumns, instant } from "./said";

/** API keys without their secrets, the newest first. */
export async function sayKeys(db: Reader, asked: KeysAsked) {
  const { keys, hasMore } = await listApiKeys(db, asked);
  const rows = keys.map((key) => ({
    ...key,
    id: toPublicId("apiKey", key.id),
    onlyAccountId: key.onlyAccountId && toPublicId("account", key.onlyAccountId),
  }));
  const lines = [
    ...inColumns(
      ["key", "made", "account", "may", "last used", "state", "name"],
      rows.map((each) => [
        each.id,
        instant(each.createdAt),
        each.onlyAccountId ?? "every",
        each.scopes.join(","),
        each.lastUsedAt ? instant(each.lastUsedAt) : "never",
        stateOf(each),
        each.name,
      ]),
    ),
    ...(rows.length === 0 ? ["There are no such keys."] : []),
    ...(hasMore ? ["", `Older: --before ${rows.at(-1)?.id}`] : []),
  ];
  return { rows, lines, code: 0 as const };
}

function stateOf({ revokedAt, expiresAt, daysLeft }: ApiKeyView): string {
  if (revokedAt) return `revoked ${instant(revokedAt)}`;
  if (!expiresAt) return "works";
  return `${daysLeft !== null && daysLeft < 0 ? "over since" : "works until"} ${instant(expiresAt)}`;
}
