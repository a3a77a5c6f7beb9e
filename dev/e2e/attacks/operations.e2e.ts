import { OPERATIONS, type Operation } from "../../../lib/api/operations";
import { API_SCOPES, createApiKey, type NewApiKey } from "../../../lib/auth/api-keys";
import { newId, toPublicId } from "../../../lib/ids";
import type { Customer } from "../customers";
import { expect, test, type World } from "../test";
import { pictureOf } from "./picture";

// What must hold of every operation of the API, whatever it is for: the table that describes them is the inventory.

const AT_ONCE = 30;
/** For every member of a body, whatever it is for. */
const BAD: readonly unknown[] = [
  [],
  {},
  true,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  "1e3",
  "१००",
  "__proto__",
  "' or 1=1 --",
  "\u0000",
  "a\u202eb",
  "x".repeat(5_000),
];

type Sent = { readonly status: number; readonly body: Record<string, unknown> };
type Changes = {
  key?: string | null;
  body?: unknown;
  id?: string;
  idempotencyKey?: string | null;
  cookie?: string;
};
type Call = (changes?: Changes) => Promise<Sent>;

for (const operation of OPERATIONS) {
  test(`${operation.method} ${operation.path}: nobody but the holder of its key can do anything with it`, async ({
    world,
    customer,
  }) => {
    const victim = await customer();
    const other = await customer();
    const call = await caller(world, operation, victim);
    const refused = async (what: string, changes: Changes, statuses: readonly number[]) => {
      const before = await pictureOf(world, victim.accountId);
      const sent = await call(changes);
      expect(statuses, `${what}: ${JSON.stringify(sent.body)}`).toContain(sent.status);
      expect(await pictureOf(world, victim.accountId), what).toBe(before);
    };
    await refused("no key", { key: null }, [401]);
    await refused("a key that is none", { key: "rk_x" }, [401]);
    await refused("a stranger's key", { key: strangersKey() }, [401]);
    const theirs = await makeKey(world, { onlyAccountId: other.accountId });
    await refused("another account's key", { key: theirs }, operation.subject === "none" ? [200] : [404]);
    const scope = API_SCOPES.filter((each) => each !== operation.scope);
    await refused("a key for something else", { key: await makeKey(world, { scopes: scope }) }, [403]);
    if (operation.subject !== "none") {
      for (const id of ["x", "__proto__", "%00", `acct_${"f".repeat(32)}`, "..%2f.."])
        await refused(`id ${id}`, { id }, [404, 400]);
    }
    await ofBadBodies(operation, refused);
    await often(operation, world, victim, call);
  });
}

async function ofBadBodies(
  operation: Operation,
  refused: (what: string, changes: Changes, statuses: readonly number[]) => Promise<void>,
): Promise<void> {
  const { body } = operation.example;
  if (!operation.body || !body) return;
  const single = operation.key === "header";
  for (const whole of [[], "x", 1, null, { ...body, unknown: 1 }])
    await refused("the whole body", { body: whole }, [400]);
  await refused(
    "more than a body may hold",
    { body: { ...body, padding: "x".repeat(operation.mostBytes) } },
    [413],
  );
  if (!single) return;
  for (const name of Object.keys(body)) {
    for (const value of BAD) {
      const isTaken =
        typeof value === "string" &&
        ["resource", "reference"].includes(name) &&
        /^[\p{L}\p{M}\p{N}' =_-]{1,40}$/u.test(value);
      if (!isTaken)
        await refused(
          `${name}: ${JSON.stringify(value).slice(0, 40)}`,
          { body: { ...body, [name]: value } },
          [400, 402, 422],
        );
    }
  }
  for (const idempotencyKey of [null, "a b", "x".repeat(300)])
    await refused(`the key ${idempotencyKey}`, { idempotencyKey }, [400]);
}

/** Thirty times at once with one key: one effect, one answer. */
async function often(operation: Operation, world: World, victim: Customer, call: Call): Promise<void> {
  const before = await lastSeq(world, victim.accountId);
  const idempotencyKey = newId();
  const sent = await Promise.all(Array.from({ length: AT_ONCE }, () => call({ idempotencyKey })));
  expect(sent.map(({ status }) => status).filter((status) => status !== operation.status)).toEqual([]);
  const moved = (await lastSeq(world, victim.accountId)) - before;
  if (operation.key === "none") expect(moved).toBe(0n);
  else expect(new Set(sent.map(({ body }) => JSON.stringify({ ...body, results: null }))).size).toBe(1);
  const again = await call({ idempotencyKey });
  expect(again.status).toBe(operation.status);
  expect((await lastSeq(world, victim.accountId)) - before).toBe(moved);
}

async function lastSeq({ owner }: World, accountId: string): Promise<bigint> {
  const [found] = await owner<
    { seq: string }[]
  >`select last_seq::text as seq from balances where account_id = ${accountId}`;
  return BigInt(found?.seq ?? 0);
}

/** Calls an operation as its example does, about the victim, with what is to be different. */
async function caller(world: World, operation: Operation, victim: Customer): Promise<Call> {
  const account = toPublicId("account", victim.accountId);
  const key = await makeKey(world, {});
  const id = operation.subject === "hold" ? await placeHold(world, key, account) : account;
  const usual = about(operation, account);
  return async (changes = {}) => {
    const path = operation.path.replace(/\{\w+\}/, changes.id ?? id);
    const headers = new Headers();
    const bearer = changes.key === undefined ? key : changes.key;
    if (bearer) headers.set("authorization", `Bearer ${bearer}`);
    if (operation.key === "header" && changes.idempotencyKey !== null)
      headers.set("idempotency-key", changes.idempotencyKey ?? newId());
    if (operation.body) headers.set("content-type", "application/json");
    const body = operation.body ? JSON.stringify("body" in changes ? changes.body : usual) : null;
    const answer = await fetch(`${world.facts.url}/api/v1${path}`, {
      method: operation.method,
      headers,
      body,
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
}

/** The example's body, about an account that is there. */
function about({ example, key }: Operation, account: string): object | undefined {
  if (key !== "items") return example.body;
  return { spends: [{ account_id: account, idempotency_key: newId(), credits: 1, category: "platform" }] };
}

async function placeHold({ facts }: World, key: string, account: string): Promise<string> {
  const answer = await fetch(`${facts.url}/api/v1/accounts/${account}/holds`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "idempotency-key": newId(),
      "content-type": "application/json",
    },
    body: JSON.stringify({ credits: 100_000, category: "platform" }),
  });
  const { hold_id: id } = (await answer.json()) as { hold_id: string };
  return id;
}

async function makeKey({ db }: World, key: Partial<NewApiKey>): Promise<string> {
  const made = await createApiKey(db, { name: "attacks", scopes: API_SCOPES, onlyAccountId: null, ...key });
  if (!made.ok) throw new Error(made.error.code);
  return made.value.key;
}

const strangersKey = (): string => `rk_${newId().replaceAll("-", "")}_${"A".repeat(43)}`;
