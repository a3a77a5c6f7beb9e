import { encode } from "next-auth/jwt";
import { describe, expect, it } from "vitest";
import { newId } from "../ids";
import { type HalfSignedIn, openHalfSignedIn, sealHalfSignedIn } from "./half-signed-in";
import { openSession, sealSession } from "./session-token";

const SECRET = "a secret of more than thirty-two characters";
const half = (): HalfSignedIn => ({
  userId: newId(),
  accountId: newId(),
  sessionVersion: 3,
  way: "password",
});

describe("half a sign-in", () => {
  it("says again what was sealed in it", async () => {
    const sealed = half();
    expect(await openHalfSignedIn(await sealHalfSignedIn(sealed, SECRET), SECRET)).toEqual(sealed);
  });

  it("is no session, and a session is no half of one", async () => {
    expect(await openSession(await sealHalfSignedIn(half(), SECRET), SECRET)).toBeNull();
    const session = await sealSession({ userId: newId(), sessionId: newId() }, SECRET);
    expect(await openHalfSignedIn(session, SECRET)).toBeNull();
  });

  it("is nothing when it is old, changed, made up or sealed with another secret", async () => {
    const sealed = await sealHalfSignedIn(half(), SECRET);
    const { userId, ...rest } = half();
    const token = { ...rest, sub: userId };
    const old = await encode({ token, secret: SECRET, salt: "refill.second-factor", maxAge: -60 });
    for (const text of [undefined, "", "a.b.c", "x".repeat(9_999), `${sealed.slice(0, -2)}AA`, old]) {
      expect(await openHalfSignedIn(text, SECRET)).toBeNull();
    }
    expect(await openHalfSignedIn(sealed, `${SECRET}!`)).toBeNull();
  });
});
