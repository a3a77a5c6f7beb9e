import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { packKept, readSentForm, unpackKept } from "./earlier-version";

const ID = "7fb4cdd96ba085a4772ebd56bd8ebae571971b425e";

/** In bytes, as it comes in: Node 24 goes on writing a form that is still being sent when nobody reads on. */
async function sent(fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const encoded = new Response(form);
  const type = encoded.headers.get("content-type") ?? "";
  return new Request("http://localhost", {
    method: "POST",
    body: await encoded.arrayBuffer(),
    headers: { "content-type": type, ...headers },
  });
}

describe("a form that was sent to a page", () => {
  it("names its actions in hidden fields where no scripts run", async () => {
    const plain = await readSentForm(await sent({ [`$ACTION_ID_${ID}`]: "", email: "a@example.com" }));
    expect(plain).toEqual({ actions: [ID], values: { email: "a@example.com" } });
    const bound = { $ACTION_REF_1: "", "$ACTION_1:0": `{"id":"${ID}","bound":"$@1"}`, "$ACTION_1:1": "[]" };
    expect(await readSentForm(await sent({ ...bound, amount: "12" }))).toEqual({
      actions: [ID],
      values: { amount: "12" },
    });
  });

  it("names its action in a header where they do", async () => {
    const called = await sent(
      { "1_amount": "12", "1_requestId": "x", "0": '["$K1"]' },
      { "next-action": ID },
    );
    expect(await readSentForm(called)).toEqual({ actions: [ID], values: { amount: "12" } });
  });

  it("is kept without passwords, codes and whatever else is not listed", async () => {
    const secret = {
      password: "correct-horse",
      current: "x",
      code: "123456",
      orderId: "ord_1",
      __proto__: "x",
    };
    expect(await readSentForm(await sent({ ...secret, [`$ACTION_ID_${ID}`]: "", name: "Ada" }))).toEqual({
      actions: [ID],
      values: { name: "Ada" },
    });
  });

  it("names none when it is none of ours, and is not read when it is too large", async () => {
    const none = { actions: [], values: {} };
    expect(await readSentForm(await sent({ "$ACTION_1:0": "[]" }))).toEqual(none);
    for (const [type, body] of [
      ["text/plain", "x"],
      ["application/x-www-form-urlencoded", `$ACTION_ID_${ID}=`],
      ["multipart/form-data; boundary=x", "--y\r\n"],
      ["multipart/form-data", ""],
    ] as const) {
      const headers = { "content-type": type };
      expect(await readSentForm(new Request("http://localhost", { method: "POST", body, headers }))).toEqual(
        none,
      );
    }
    expect(await readSentForm(await sent({ message: "x".repeat(100_001) }))).toBe("too_large");
  });
});

describe("what is kept for the page of this version", () => {
  it("is read as it was written", () => {
    const kept = { values: { amount: "12,50", name: "Zoë 李 \u202fx;\n" }, lost: false };
    expect(unpackKept(packKept(kept))).toEqual(kept);
    expect(packKept(kept)).toMatch(/^[\w-]+$/);
    expect(unpackKept(packKept({ values: {}, lost: false }))).toEqual({ values: {}, lost: false });
  });

  it("fits into a cookie: a long message does, and what does not is left out and said", () => {
    const message = "We are forty people and need about two million credits a month. "
      .repeat(31)
      .slice(0, 2_000);
    expect(unpackKept(packKept({ values: { message }, lost: false }))?.values).toEqual({ message });
    const noise = randomBytes(6_000).toString("base64");
    const packed = packKept({ values: { message: noise, company: "Acme" }, lost: false });
    expect(packed.length).toBeLessThan(3_700);
    expect(unpackKept(packed)).toEqual({ values: { company: "Acme" }, lost: true });
  });

  it("is left out unpacked when it is long, however well it would pack, so that nobody else waits for it", () => {
    const values = { message: "a".repeat(90_000), name: "b".repeat(11_000), company: "Acme" };
    expect(unpackKept(packKept({ values, lost: false }))).toEqual({
      values: { name: values.name, company: "Acme" },
      lost: true,
    });
  });

  it("is nothing when somebody else wrote the cookie", () => {
    for (const text of [
      undefined,
      null,
      "",
      "x",
      "e30",
      "a".repeat(4_000),
      packKept({ values: {}, lost: false }).slice(2),
    ])
      expect(unpackKept(text), String(text)).toBeNull();
    const foreign = { values: { password: "x", __proto__: { amount: "1" }, name: 5 }, lost: 1 };
    expect(unpackKept(packKept(foreign as never))).toEqual({ values: {}, lost: false });
  });
});
