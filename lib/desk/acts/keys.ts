import { eq, sql } from "drizzle-orm";
import { apiKeys } from "../../../db/schema";
import { API_SCOPES, createApiKey, revokeApiKey } from "../../auth/api-keys";
import { toPublicId } from "../../ids";
import { err, invariant, ok } from "../../result";
import type { Act, Measured, Scene } from "./act";
import { readId, readLine, readUntil } from "./read-fields";
import { tellSecurity } from "./tell-security";

/** Makes an API key, for one account or for all. It is shown once. */
export const issueKey: Act = {
  of: "either",
  fields: ["name", "scopes", "until"],
  prepare: async (scene) => {
    const { tx, account, fields, now } = scene;
    const name = readLine(fields, "name", 100);
    if (!name.ok) return name;
    const asked = (fields.scopes ?? "").split(",").map((each) => each.trim());
    const scopes = API_SCOPES.filter((each) => asked.includes(each));
    if (scopes.length === 0 || scopes.length !== asked.length)
      return err({ code: "bad_field", field: "scopes" });
    const until = readUntil(fields, now);
    if (!until.ok) return until;
    let isForeseen = false;
    let secret: string | null = null;
    let key = "";
    return ok({
      subject: null,
      basis: [await countKeys(scene)],
      measure: async () => measureKeys(scene, isForeseen ? 1 : 0),
      run: async () => {
        // Made and undone, it would use up a number: keys are counted by a sequence, which undoes nothing.
        if (scene.isPreview) {
          isForeseen = true;
          return ok({});
        }
        const ends = until.value ? { ends: { at: until.value } } : {};
        const made = await createApiKey(tx, {
          name: name.value,
          scopes,
          onlyAccountId: account?.id ?? null,
          ...ends,
        });
        if (!made.ok) return err({ code: "bad_field", field: "name" });
        secret = made.value.key;
        key = toPublicId("apiKey", made.value.id);
        return ok({ key });
      },
      afterwards: async (deps) => {
        invariant(secret, "a key that was made has a secret");
        await tellSecurity(scene, { kind: "api_key_created", details: { key } })(deps);
        return { kind: "done", secret };
      },
    });
  },
  counter: ({ key }) => (key ? { kind: "revoke_key", fields: { key } } : null),
};

/** Ends a key for good: another one has to be issued. */
export const revokeKey: Act = {
  of: "either",
  fields: ["key"],
  prepare: async (scene) => {
    const { tx, account, fields } = scene;
    const id = readId(fields, "key", "apiKey");
    if (!id.ok) return id;
    const [key] = await tx.select().from(apiKeys).where(eq(apiKeys.id, id.value));
    if (!key || (account && key.onlyAccountId !== account.id)) return err({ code: "subject_not_found" });
    if (key.revokedAt) return err({ code: "already_so" });
    return ok({
      subject: toPublicId("apiKey", key.id),
      basis: ["not revoked"],
      measure: () => measureKeys(scene),
      run: async () => {
        const revoked = await revokeApiKey(tx, key.id);
        return revoked.ok ? ok({}) : err({ code: "already_so" });
      },
      afterwards: tellSecurity(scene, {
        kind: "api_key_revoked",
        details: { key: toPublicId("apiKey", key.id) },
      }),
    });
  },
  counter: null,
};

const ofAccount = ({ account }: Scene) => (account ? eq(apiKeys.onlyAccountId, account.id) : sql`true`);

async function countKeys(scene: Scene): Promise<string> {
  const [row] = await scene.tx.select({ count: sql<string>`count(*)` }).from(apiKeys).where(ofAccount(scene));
  return String(row?.count);
}

async function measureKeys(scene: Scene, more = 0): Promise<readonly Measured[]> {
  const [row] = await scene.tx
    .select({
      count: sql<string>`count(*) filter (where revoked_at is null and (expires_at is null or expires_at > now()))`,
    })
    .from(apiKeys)
    .where(ofAccount(scene));
  return [{ name: "API keys that work", unit: "text", value: String(Number(row?.count) + more) }];
}
