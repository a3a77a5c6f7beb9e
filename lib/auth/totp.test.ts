import { Secret, TOTP } from "otpauth";
import { describe, expect, it } from "vitest";
import {
  factorUri,
  hashRecoveryCode,
  newFactorSecret,
  newRecoveryCodes,
  openFactorSecret,
  sealFactorSecret,
  stepOfCode,
} from "./totp";

const AUTH_SECRET = "a secret of at least 32 characters";

describe("a code", () => {
  it("is what RFC 6238 says it is", () => {
    // Appendix B, SHA-1: the last six of its eight digits.
    const secret = Secret.fromUTF8("12345678901234567890").base32;
    for (const [seconds, code] of [
      [59, "287082"],
      [1_111_111_109, "081804"],
      [1_111_111_111, "050471"],
      [1_234_567_890, "005924"],
      [2_000_000_000, "279037"],
    ] as const) {
      expect(stepOfCode(secret, code, seconds * 1_000)).toBe(Math.floor(seconds / 30));
    }
  });

  it("counts in its own 30 seconds and in those beside it, and in no others", () => {
    const secret = newFactorSecret();
    const step = 60_000_000;
    const code = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: step * 30_000 });
    for (const away of [-1, 0, 1]) expect(stepOfCode(secret, code, (step + away) * 30_000)).toBe(step);
    for (const away of [-3, -2, 2, 3])
      expect(stepOfCode(secret, code, (step + away) * 30_000)).not.toBe(step);
  });

  it("that is none is no code, whatever was typed", () => {
    const secret = newFactorSecret();
    for (const typed of ["", "12345", "1234567", "abcdef", "１２３４５６", "-00001", " 12345", "0x1234"]) {
      expect(stepOfCode(secret, typed, 1_000_000_000_000)).toBeNull();
    }
  });

  it("is shown to apps with who it is for", () => {
    const uri = new URL(factorUri("JBSWY3DPEHPK3PXP", { issuer: "A & B", email: "ada+1@example.com" }));
    expect(uri.protocol).toBe("otpauth:");
    expect(decodeURIComponent(uri.pathname)).toContain("A & B:ada+1@example.com");
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      secret: "JBSWY3DPEHPK3PXP",
      issuer: "A & B",
      digits: "6",
      period: "30",
    });
  });
});

describe("a stored secret", () => {
  it("is opened for its person with its AUTH_SECRET, and for and with no other", () => {
    const secret = newFactorSecret();
    const sealed = sealFactorSecret(secret, "a person", AUTH_SECRET);
    expect(sealed).not.toContain(secret);
    expect(sealFactorSecret(secret, "a person", AUTH_SECRET)).not.toBe(sealed);
    expect(openFactorSecret(sealed, "a person", AUTH_SECRET)).toBe(secret);
    expect(openFactorSecret(sealed, "another person", AUTH_SECRET)).toBeNull();
    expect(openFactorSecret(sealed, "a person", `${AUTH_SECRET}!`)).toBeNull();
    const changed = `${sealed.slice(0, -4)}AAAA`;
    for (const bad of ["", "x", changed, sealed.slice(0, 30)]) {
      expect(openFactorSecret(bad, "a person", AUTH_SECRET)).toBeNull();
    }
  });
});

describe("recovery codes", () => {
  it("are ten, unlike each other, and the same however they are typed", () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([a-z0-9]{4}-){5}[a-z0-9]{4}$/);
      expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll("-", " ")}`)).toBe(hashRecoveryCode(code));
    }
  });
});
