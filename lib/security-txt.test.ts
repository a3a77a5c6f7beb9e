import { expect, it } from "vitest";
import { writeSecurityTxt } from "./security-txt";

const now = new Date("2026-11-30T19:40:12.345Z");
const appUrl = "https://billing.example.com";

it("says whom to write to, until when that holds, and where it stands", () => {
  expect(writeSecurityTxt({ contact: "security@example.com", appUrl, now })).toBe(
    [
      "Contact: mailto:security@example.com",
      "Expires: 2027-05-29T00:00:00Z",
      "Preferred-Languages: en",
      "Canonical: https://billing.example.com/.well-known/security.txt",
      "",
    ].join("\n"),
  );
});

it("names a page as it is", () => {
  expect(writeSecurityTxt({ contact: "https://example.com/report", appUrl, now })).toContain(
    "Contact: https://example.com/report\n",
  );
});
