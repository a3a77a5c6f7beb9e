import { encode } from "next-auth/jwt";
import { describe, expect, it } from "vitest";
import { newId } from "../ids";
import { openSession, sealSession, sessionCookieName } from "./session-token";

const SECRET = "a secret of more than thirty-two characters";
const subject = () => ({ userId: newId(), accountId: newId(), sessionVersion: 3 });

describe("a session token", () => {
  it("says again what was sealed in it", async () => {
    const sealed = subject();
    expect(await openSession(await sealSession(sealed, SECRET), SECRET)).toEqual(sealed);
  });

  it("is nothing to anybody with another secret, nor when it was changed, expired or made up", async () => {
    const token = await sealSession(subject(), SECRET);
    expect(await openSession(token, `${SECRET}!`)).toBeNull();
    expect(await openSession(`${token.slice(0, -2)}AA`, SECRET)).toBeNull();
    const expired = await encode({
      token: { sub: newId(), accountId: newId(), sessionVersion: 1 },
      secret: SECRET,
      maxAge: -60,
    });
    expect(await openSession(expired, SECRET)).toBeNull();
    for (const text of [undefined, "", "a.b.c", "x".repeat(100_000)])
      expect(await openSession(text, SECRET)).toBeNull();
  });

  it("of another shape opens nothing", async () => {
    for (const token of [
      {},
      { sub: "1", accountId: newId(), sessionVersion: 1 },
      { sub: newId(), accountId: newId(), sessionVersion: "1" },
    ]) {
      expect(await openSession(await encode({ token, secret: SECRET }), SECRET)).toBeNull();
    }
  });

  it("travels under the secure name only where the browser accepts it", () => {
    expect(sessionCookieName("https://billing.example")).toBe("__Secure-next-auth.session-token");
    expect(sessionCookieName("http://localhost:3000")).toBe("next-auth.session-token");
  });
});
