import type { Keys, Permissions } from "./keys";

type Fields = Record<string, unknown>;
type Outcome = { status: number; body: object };

/** `{ key, state: "active" | "revoked" | "restricted", permissions }`. */
export function switchKey(keys: Keys, fields: Fields): Outcome {
  const { key, state } = fields;
  if (typeof key !== "string" || !key) return wrong("key: an API key");
  if (state === "active") keys.restore(key);
  else if (state === "revoked") keys.revoke(key);
  else if (state === "restricted" && key.startsWith("rk_") && isPermissions(fields.permissions))
    keys.restrict(key, fields.permissions);
  else
    return wrong(
      'state: active, revoked, or restricted with permissions as { "customer": "read", "*": "write" } for a key rk_…',
    );
  return { status: 200, body: { keys: keys.list() } };
}

function isPermissions(value: unknown): value is Permissions {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((each) => each === "none" || each === "read" || each === "write")
  );
}

function wrong(error: string): Outcome {
  return { status: 400, body: { error } };
}
