import { toPublicId } from "../../../lib/ids";
import type { Customer } from "../customers";
import { operatorCookie } from "../operators";
import { cookieOf } from "../session";
import { expect, test, type World } from "../test";
import { listPages, listRoutes, type Method } from "./inventory";
import { pictureOf } from "./picture";
import { confirmedOrder, type Stage, waitingUpgrade } from "./scene";
import { ALL, shareOf } from "./share";

// What must hold of every page and route handler beside the API, whatever it is for.

const AT_ONCE = ALL ? 30 : 5;
/** So many bad values of every parameter of a page, and so many wrong ids in its address. */
const SHARE = 3;
/** Values for every parameter that any page of ours reads, all of them at once. */
const BAD = [
  "",
  "__proto__",
  "0000-01-01",
  "9999-12-31",
  "-1",
  "' or 1=1 --",
  "\u0000",
  "a\u202eb",
  "<script>",
  "x".repeat(3_000),
  "//evil.example",
];
const BAD_IDS = [
  "__proto__",
  "constructor",
  "%00",
  "%E0%A4%A",
  "ord_",
  `ord_${"f".repeat(32)}`,
  "in_",
  "in_%00",
  "x".repeat(3_000),
];
const PARAMETERS = [
  "from",
  "to",
  "category",
  "model",
  "cursor",
  "before",
  "after",
  "page",
  "kind",
  "status",
  "card",
  "replaces",
  "plan",
  "interval",
  "invoice",
  "request",
  "checkout",
  "session_id",
  "then",
  "done",
  "kept",
  "sent",
  "again",
  "amount",
  "bundle",
  "callbackUrl",
  "error",
  "document",
  "id",
  "why",
  "token",
  "email",
  "account",
  "q",
  "grant",
  "bucket",
  "reference",
  "month",
  "file",
  "show",
  "state",
  "type",
];

/** Why somebody who is signed out may ask; everything else leads to sign-in. */
const PUBLIC: Readonly<Record<string, string>> = {
  "/": "it only leads on",
  "/sign-in": "it is how one signs in",
  "/forgot-password": "who forgot their password cannot sign in",
  "/reset-password": "it shows something to who has a mailed link alone",
  "/undo-email": "it shows something to who has a mailed link alone",
  "/join": "it shows something to who has a mailed link alone",
  "/api/v1/docs": "the API's documentation says nothing about anybody",
  "/unsubscribe": "a signed address says who, and all it leads to is to stop a kind of mail",
};
/** Who calls routes that are not for signed-in people. */
const FOR_OTHERS: Readonly<Record<string, string>> = {
  "/api/[...rest]": "whoever asks for what is not there",
  "/api/auth/[...nextauth]": "sign-in providers send browsers there",
  "/api/health": "load balancers",
  "/healthz": "the operator's monitoring",
  "/livez": "whoever starts processes again",
  "/readyz": "load balancers",
  "/metrics": "Prometheus, which names a token",
  "/.well-known/security.txt": "whoever found a weakness",
  "/api/stripe/webhook": "Stripe, which signs what it sends",
  "/api/mail/unsubscribe": "mail programs, at an address that we signed",
};

/** The parameters of addresses, of somebody who has an order, a payment and an invoice. */
type Places = {
  readonly orderId: string;
  readonly paymentId: string;
  readonly invoiceId: string;
  /** What the desk's addresses name: an account of ours, or something of it. */
  readonly id: string;
};
const at = (address: string, { orderId, paymentId, invoiceId, id }: Places): string =>
  address
    .replace("/admin/orders/[id]", `/admin/orders/${orderId}`)
    .replace("[kind]", "grant")
    .replace("[id]", id)
    .replace("[queue]", "disputes")
    .replace("[invoiceId]", invoiceId)
    .replace("[orderId]", orderId)
    .replace("[paymentId]", paymentId)
    .replace("[...rest]", "nowhere")
    .replace("[...nextauth]", "session");

const routes = listRoutes().filter(({ address }) => !address.startsWith("/api/v1"));
const ownRoutes = routes.filter(({ address }) => !(address in FOR_OTHERS));
const pages = listPages().filter((address) => !(address in PUBLIC));

const STEP_UP = "/admin/step-up";
const isOfDesk = (address: string): boolean => /^\/admin(\/|$)/.test(address);

async function settle(stage: Stage): Promise<{ victim: Customer; places: Places }> {
  const { customer: victim, path } = await waitingUpgrade(stage);
  const orderPath = await confirmedOrder(stage, victim);
  const [invoice] = await stage.world.owner<{ id: string }[]>`
    select id from invoices where account_id = ${victim.accountId} and status = 'paid'`;
  if (!invoice) throw new Error("a subscriber has an invoice");
  const [orderId = "", paymentId = ""] = [orderPath, path].map((each) => each.split("/").at(-1));
  const id = toPublicId("account", victim.accountId);
  return { victim, places: { orderId, paymentId, invoiceId: invoice.id, id } };
}

test("every page and route: signed out it leads to sign-in, and shows and changes nothing to another account", async ({
  world,
  customer,
  fault,
}) => {
  const { victim, places } = await settle({ world, customer, fault });
  const thief = await cookieOf(world.facts, await customer());
  const notSteppedUp = await operatorCookie(world, await customer(), { steppedUp: false });
  const before = await pictureOf(world, victim.accountId);
  for (const address of [...pages, ...ownRoutes.map((each) => each.address)]) {
    const path = at(address, places);
    const out = await ask(world, "GET", path);
    if (address.endsWith("/live")) {
      expect(out.status, path).toBe(401); // Nobody looks at a stream; and this one has no end.
      continue;
    }
    expect([302, 303, 307, 308], `${path} signed out: ${out.status}`).toContain(out.status);
    expect(out.location, path).toMatch(/^\/(sign-in|settings)/);
    const stolen = await ask(world, "GET", path, thief);
    if (isOfDesk(address)) {
      expect(stolen.status, path).toBe(404);
      expect(stolen.text, path).not.toContain("Desk");
      const shut = await ask(world, "GET", path, notSteppedUp);
      if (address !== STEP_UP) expect(shut.location, path).toMatch(/^\/admin\/step-up/);
      expect(shut.text, path).not.toContain(victim.email);
      continue;
    }
    expect(stolen.status, path).toBeLessThan(500);
    if (/\[(order|payment|invoice)Id\]/.test(address)) expect(stolen.status, path).toBe(404);
    expect(stolen.text, path).not.toContain(victim.email);
  }
  expect(await pictureOf(world, victim.accountId)).toBe(before);
});

test("every page and route: no value of any parameter is a failure of ours", async ({
  world,
  customer,
  fault,
}) => {
  test.slow(); // Hundreds of pages.
  const { victim, places } = await settle({ world, customer, fault });
  const own = await cookieOf(world.facts, victim);
  const operator = await operatorCookie(world, await customer());
  const before = await pictureOf(world, victim.accountId);
  const bodies = [...listPages(), ...ownRoutes.map((each) => each.address)].filter(
    (each) => !each.endsWith("/live"),
  );
  for (const [number, address] of bodies.entries()) {
    const cookie = isOfDesk(address) ? operator : own;
    for (const value of shareOf(BAD, number, SHARE)) {
      const query = new URLSearchParams(PARAMETERS.map((name) => [name, value]));
      const asked = await ask(world, "GET", `${at(address, places)}?${query}`, cookie);
      expect(asked.status, `${address} with ${JSON.stringify(value).slice(0, 30)}`).toBeLessThan(500);
      expect(asked.location ?? "", address).not.toMatch(/^(https?:)?\/\/evil/);
    }
    const twice = await ask(world, "GET", `${at(address, places)}?from=a&from=b&cursor=a&cursor=b`, cookie);
    expect(twice.status, `${address} with parameters twice`).toBeLessThan(500);
  }
  const withIds = bodies.filter((each) => each.includes("["));
  for (const [number, address] of withIds.entries()) {
    for (const id of shareOf(BAD_IDS, number, SHARE)) {
      const asked = await ask(
        world,
        "GET",
        at(address, { orderId: id, paymentId: id, invoiceId: id, id }),
        isOfDesk(address) ? operator : own,
      );
      expect(asked.status, `${address} of ${id.slice(0, 30)}`).toBeLessThan(500);
    }
  }
  expect(await pictureOf(world, victim.accountId)).toBe(before);
});

test("every route answers the methods it has and refuses the others", async ({ world, customer, fault }) => {
  const { victim, places } = await settle({ world, customer, fault });
  const cookie = await cookieOf(world.facts, victim);
  const before = await pictureOf(world, victim.accountId);
  for (const { address, methods } of routes) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const satisfies readonly Method[]) {
      if (methods.includes(method)) continue;
      const asked = await ask(world, method, at(address, places), cookie);
      expect([405, 404, 403], `${method} ${address}: ${asked.status}`).toContain(asked.status);
    }
    if (!methods.includes("GET")) continue;
    const head = await ask(world, "HEAD", at(address, places), cookie);
    expect(head.status, `HEAD ${address}`).toBeLessThan(500);
    expect(head.text, `HEAD ${address}`).toBe("");
  }
  expect(await pictureOf(world, victim.accountId)).toBe(before);
});

test("every route: many at once are one, and none a failure of ours", async ({ world, customer, fault }) => {
  const { victim, places } = await settle({ world, customer, fault });
  const cookie = await cookieOf(world.facts, victim);
  const charged = await victim.charged();
  for (const { address } of ownRoutes.filter((each) => !each.address.endsWith("/live"))) {
    const path = at(address, places);
    const all = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(world, "GET", path, cookie)));
    expect(
      all.map(({ status }) => status).filter((status) => status >= 500),
      path,
    ).toEqual([]);
  }
  expect(await victim.charged()).toEqual(charged);
});

type Asked = { readonly status: number; readonly location: string | null; readonly text: string };

async function ask({ facts }: World, method: Method, path: string, cookie?: string): Promise<Asked> {
  const headers: Record<string, string> = cookie ? { Cookie: cookie } : {};
  if (!["GET", "HEAD"].includes(method)) headers.Origin = facts.url;
  const answer = await fetch(facts.url + path, { method, headers, redirect: "manual" });
  const location = answer.headers.get("location");
  const own = location && new URL(location, facts.url);
  return {
    status: answer.status,
    location: own && (own.origin === new URL(facts.url).origin ? own.pathname + own.search : own.href),
    text: method === "HEAD" ? "" : await answer.text(),
  };
}
