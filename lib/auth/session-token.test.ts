import { encode } from "next-auth/jwt";
import { describe, expect, it, vi } from "vitest";
import { newId } from "../ids";
import { cookieOptions, openSession, SESSION_SECONDS, sealSession, sessionCookieName } from "./session-token";

const SECRET = "a secret of more than thirty-two characters";
const someSession = () => ({ userId: newId(), sessionId: newId() });

describe("a session token", () => {
  it("says again what was sealed in it", async () => {
    const sealed = someSession();
    expect(await openSession(await sealSession(sealed, SECRET), SECRET)).toEqual(sealed);
  });

  it("is nothing to anybody with another secret, nor when it was changed, expired or made up", async () => {
    const token = await sealSession(someSession(), SECRET);
    expect(await openSession(token, `${SECRET}!`)).toBeNull();
    expect(await openSession(`${token.slice(0, -2)}AA`, SECRET)).toBeNull();
    const expired = await encode({
      token: { sub: newId(), sessionId: newId() },
      secret: SECRET,
      maxAge: -60,
    });
    expect(await openSession(expired, SECRET)).toBeNull();
    for (const text of [undefined, "", "a.b.c", "x".repeat(100_000)])
      expect(await openSession(text, SECRET)).toBeNull();
  });

  it("that was opened before still expires, and opens nothing under another secret", async () => {
    const sealed = someSession();
    const token = await sealSession(sealed, SECRET);
    expect(await openSession(token, SECRET)).toEqual(sealed);
    expect(await openSession(token, SECRET)).toEqual(sealed);
    expect(await openSession(token, `${SECRET}!`)).toBeNull();
    vi.useFakeTimers({ now: Date.now() + (SESSION_SECONDS + 60) * 1_000, toFake: ["Date"] });
    try {
      expect(await openSession(token, SECRET)).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it("of another shape opens nothing", async () => {
    for (const token of [
      {},
      { sub: "1", sessionId: newId() },
      { sub: newId(), sessionId: 1 },
      { sub: newId(), accountId: newId(), sessionVersion: 1 },
    ]) {
      expect(await openSession(await encode({ token, secret: SECRET }), SECRET)).toBeNull();
    }
  });

  it("travels in a cookie that is this host's alone and no script's, where the browser knows such", () => {
    const [https, http] = ["https://billing.example", "http://localhost:3000"];
    expect(sessionCookieName(https)).toBe("__Host-next-auth.session-token");
    expect(sessionCookieName(http)).toBe("next-auth.session-token");
    const always = { httpOnly: true, sameSite: "lax", path: "/" };
    expect(cookieOptions(https, 60)).toEqual({ ...always, secure: true, maxAge: 60 });
    expect(cookieOptions(http, 60)).toEqual({ ...always, secure: false, maxAge: 60 });
  });
});
