import { hash, verify } from "@node-rs/argon2";
import { err, ok, type Result } from "../result";
import { isCommonPassword, isOwnersPassword, type PasswordOwner } from "./guessable";
import { inHashSlot } from "./hash-slots";

export const MIN_PASSWORD_LENGTH = 10;
/** Longer ones are refused before any hashing: a megabyte password must not cost a megabyte of work. */
export const MAX_PASSWORD_LENGTH = 1_024;

/** OWASP's recommendation for argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Of random bytes nobody kept. Checked against when there is no password, so that it takes the same time. */
export const DUMMY_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$kLMOq8Wzcs37CyQfL5+Fvw$Fxj+fT7eP3B15eKzFYKEEFcfJzu9i0tJf/YNTNRHqPk";

export type PasswordProblem = {
  readonly code: "password_too_short" | "password_too_long" | "password_is_common" | "password_is_personal";
};

/** Whether this may become the password of `owner`. Length first: a long one costs no look at the lists. */
export function checkNewPassword(password: string, owner: PasswordOwner): Result<undefined, PasswordProblem> {
  if (password.length < MIN_PASSWORD_LENGTH) return err({ code: "password_too_short" });
  if (password.length > MAX_PASSWORD_LENGTH) return err({ code: "password_too_long" });
  if (isCommonPassword(password)) return err({ code: "password_is_common" });
  if (isOwnersPassword(password, owner)) return err({ code: "password_is_personal" });
  return ok();
}

export const hashPassword = (password: string): Promise<string> =>
  inHashSlot(() => hash(password.normalize("NFKC"), COST));

/** Takes as long for people without a password, or without an account (`null`), as for everybody else. */
export async function passwordMatches(stored: string | null, password: string): Promise<boolean> {
  if (password.length > MAX_PASSWORD_LENGTH) return false;
  const matches = await inHashSlot(() => verify(stored ?? DUMMY_HASH, password.normalize("NFKC")));
  return stored !== null && matches;
}
