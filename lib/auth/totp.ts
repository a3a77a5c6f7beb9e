import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, randomInt } from "node:crypto";
import { Secret, TOTP } from "otpauth";

// Codes of an authenticator app as RFC 6238 has them, with what every app understands: SHA-1, 6 digits, 30 seconds.

/** What RFC 4226 recommends: 160 bits. */
const SECRET_BYTES = 20;
/** Phones are set wrong by less than half a minute, and people type slowly: one code before and one after count too. */
const STEPS_EITHER_WAY = 1;

/** A new secret, as people type it who cannot scan: 32 letters and digits. */
export const newFactorSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

/** The secret as authenticator apps scan it. */
export const factorUri = (secret: string, { issuer, email }: { issuer: string; email: string }): string =>
  totpOf(secret, issuer, email).toString();

/** Which 30 seconds since 1970 this code is of, among those that count now (`nowMs`); null for none of them. */
export function stepOfCode(secret: string, code: string, nowMs: number): number | null {
  if (!/^[0-9]{6}$/.test(code)) return null;
  const delta = totpOf(secret).validate({ token: code, timestamp: nowMs, window: STEPS_EITHER_WAY });
  return delta === null ? null : TOTP.counter({ timestamp: nowMs }) + delta;
}

const totpOf = (secret: string, issuer = "", label = ""): TOTP =>
  new TOTP({ issuer, label, algorithm: "SHA1", digits: 6, period: 30, secret: Secret.fromBase32(secret) });

const RECOVERY_CODES = 10;
/** Without what is mistaken for something else: 32 letters and digits, 120 bits in 24 of them, so that a plain hash is enough (ASVS 6.5.2). */
const RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz234567890";
const RECOVERY_LENGTH = 24;

/** Ten codes like `ab2d-…`, six groups of four, different from each other. */
export function newRecoveryCodes(): string[] {
  const letter = () => RECOVERY_LETTERS[randomInt(RECOVERY_LETTERS.length)];
  const code = () =>
    Array.from({ length: RECOVERY_LENGTH }, letter)
      .join("")
      .replace(/.{4}(?=.)/g, "$&-");
  return Array.from({ length: RECOVERY_CODES }, code);
}

/** As it is stored; however it was typed: spaces, dashes and capitals do not matter. */
export const hashRecoveryCode = (typed: string): string =>
  createHash("sha256").update(typed.toLowerCase().replace(/[\s-]/g, "")).digest("base64url");

const IV_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (authSecret: string): Buffer =>
  Buffer.from(hkdfSync("sha256", authSecret, "", "refill second factor", 32));

/** Encrypts a secret (AES-256-GCM) so that it can be opened for this person alone, and only with this AUTH_SECRET. */
export function sealFactorSecret(secret: string, userId: string, authSecret: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(authSecret), iv).setAAD(Buffer.from(userId));
  const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** Null for what was sealed with another AUTH_SECRET, or for somebody else; never throws. */
export function openFactorSecret(sealed: string, userId: string, authSecret: string): string | null {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv("aes-256-gcm", keyOf(authSecret), bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(userId))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString(
      "utf8",
    );
  } catch {
    return null;
  }
}
