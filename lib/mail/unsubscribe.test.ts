import { describe, expect, it } from "vitest";
import { newId } from "../ids";
import { createSign } from "./sign";
import { readUnsubscribe, unsubscribeUrl } from "./unsubscribe";

const sign = createSign("a secret of tests that is long enough");
const who = { userId: newId(), topic: "low_credits" } as const;
const queryOf = (url: string) => new URL(url).searchParams;

describe("the address that switches mails off", () => {
  it("is read back as whom and what it was written for, by page and one click alike", () => {
    const { page, oneClick } = unsubscribeUrl("https://example.com", who, sign);
    expect(readUnsubscribe(queryOf(page), sign)).toEqual(who);
    expect(readUnsubscribe(queryOf(oneClick), sign)).toEqual(who);
  });

  it("is nobody's where anything in it was changed, left out, or signed by another", () => {
    const { page } = unsubscribeUrl("https://example.com", who, sign);
    const proof = queryOf(page).get("proof") ?? "";
    const changed: readonly (readonly [string, string])[] = [
      ["who", `usr_${newId().replaceAll("-", "")}`],
      ["who", who.userId],
      ["topic", "expiring_cards"],
      ["topic", "receipt"],
      ["proof", ""],
      ["proof", `${proof}A`],
      ["proof", `A${proof.slice(1)}`.replace(proof, "")],
    ];
    for (const [name, value] of changed) {
      const query = queryOf(page);
      query.set(name, value);
      expect(readUnsubscribe(query, sign), `${name}=${value}`).toBeNull();
    }
    for (const name of ["who", "topic", "proof"]) {
      const query = queryOf(page);
      query.delete(name);
      expect(readUnsubscribe(query, sign), name).toBeNull();
    }
    expect(readUnsubscribe(queryOf(page), createSign("another secret that is long enough, too"))).toBeNull();
  });
});
