import { describe, expect, it } from "vitest";
import { DEMO_PASSWORD } from "../../dev/seed-accounts";
import { COMMON_PASSWORDS } from "./common-passwords";
import { checkNewPassword } from "./passwords";

const OWNER = { email: "ada.lovelace@byron-mail.org", name: "Ada Lovelace", productName: "Assistant" };
const codeOf = (password: string) => {
  const checked = checkNewPassword(password, OWNER);
  return checked.ok ? "good" : checked.error.code;
};

describe("a new password", () => {
  it("is none of the 3,000 commonest of its length, however capitalized or composed", () => {
    expect(new Set(COMMON_PASSWORDS.replaceAll("\n", "").match(/.{8}/g)).size).toBe(3_000);
    for (const password of [
      "qwertyuiop",
      "1234567890",
      "password123",
      "PassWord123",
      "1q2w3e4r5t",
      "basketball",
      "iloveyou123",
      "princess123",
      "\uff51wertyuiop",
    ]) {
      expect(codeOf(password), password).toBe("password_is_common");
    }
  });

  it("is none of them with a few digits or signs around it either", () => {
    for (const password of ["qwertyuiop1!", "!!basketball", "Christopher2026", "(password123)"]) {
      expect(codeOf(password), password).toBe("password_is_common");
    }
  });

  it("is not a pattern", () => {
    for (const password of ["aaaaaaaaaaaa", "abababababa", "12341234123", "abcdefghijk", "zyxwvutsrqp"]) {
      expect(codeOf(password), password).toBe("password_is_common");
    }
  });

  it("is not made of the person's name, their address or the product's name", () => {
    for (const password of [
      "ada.lovelace@byron-mail.org",
      "AdaLovelace",
      "Lovelace-1815",
      "lovelaceada",
      "L0vel4ce!2026",
      "byron-mail.org",
      "Assistant1!",
      "ass1stant-ada",
      "assistantassistant",
    ]) {
      expect(codeOf(password), password).toBe("password_is_personal");
    }
  });

  it("may be anything else: long phrases, any script, and the demo's", () => {
    for (const password of [
      DEMO_PASSWORD,
      "another-good-password",
      "correct horse battery staple",
      "adamant about lovely lace",
      "Zwölf Boxkämpfer jagen",
      "十二個拳擊手追逐維克多",
      "christopher-9381-columbo",
      "8f14e45fceea167a5a36dedd4bea2543",
    ]) {
      expect(codeOf(password), password).toBe("good");
    }
  });

  it("is judged without ado, whatever it is made of", () => {
    for (const piece of ["a", "ab1!", "!", "ada", "\u{1f600}", "aaab"]) {
      expect(["password_is_common", "password_is_personal", "password_too_long", "good"]).toContain(
        codeOf(piece.repeat(1_024 / piece.length)),
      );
    }
  });
});
