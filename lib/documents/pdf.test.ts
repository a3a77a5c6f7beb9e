import { extractText, getDocumentProxy } from "unpdf";
import { describe, expect, it } from "vitest";
import type { DocumentView } from "../billing/documents/queries";
import { cents, credits } from "../money/credits";
import { writePdf } from "./pdf";
import { documentWords } from "./words";

const DOCUMENT: DocumentView = {
  name: "INV-000042",
  corrects: null,
  kind: "invoice",
  // 31 December in New York, 1 January in Berlin.
  issuedAt: new Date("2026-12-31T23:30:00Z"),
  paidAt: new Date("2026-12-31T22:30:00Z"),
  reference: "CR-7F3K-20QM",
  credits: credits(8_000_000n),
  amountCents: cents(10_000n),
  currency: "usd",
  cardBrand: "visa",
  cardLast4: "4242",
  seller: {
    name: "Assistant Labs GmbH",
    address: ["Hafenstraße 4", "20457 Hamburg", "Germany"],
    taxId: "DE123456789",
    taxText: "Reverse charge.",
    locale: "en-GB",
    timeZone: "Europe/Berlin",
  },
  buyer: {
    name: "Żółć & Søn ApS",
    address: ["Vesterbrogade 1", "1620 København", "Denmark"],
    taxIdType: "eu_vat",
    taxId: "DK12345678",
    placedBy: { name: "Ada Lovelace", email: "ada@example.com" },
  },
};
const PAGE = "https://billing.example.com/settings/billing/documents/orders/ord_1";

const pdfOf = (document: DocumentView) =>
  writePdf(documentWords(document), { issuedAt: document.issuedAt, pageUrl: PAGE });
async function read(file: Buffer) {
  const pdf = await getDocumentProxy(new Uint8Array(file));
  const { text, totalPages } = await extractText(pdf, { mergePages: true });
  return { text: text.replace(/\s+/g, " "), totalPages, info: (await pdf.getMetadata()).info };
}

describe("an invoice's file", () => {
  it("says on one page what finance looks for, in the seller's zone and formats", async () => {
    const { text, totalPages, info } = await read(await pdfOf(DOCUMENT));
    expect(totalPages).toBe(1);
    for (const said of [
      "Invoice",
      "Number INV-000042",
      "Date 1 January 2027",
      "Order CR-7F3K-20QM",
      "Ordered by Ada Lovelace, ada@example.com",
      "Assistant Labs GmbH Hafenstraße 4 20457 Hamburg Germany Tax ID: DE123456789",
      "Billed to Żółć & Søn ApS Vesterbrogade 1 1620 København Denmark EU VAT: DK12345678",
      "8,000,000 add-on credits",
      "80,000 credits per US dollar",
      "Reverse charge.",
      "US$100.00",
      "Paid 31 December 2026 with Visa •••• 4242.",
    ])
      expect(text).toContain(said);
    expect(info).toMatchObject({ Title: "Invoice INV-000042", Author: "Assistant Labs GmbH" });
    expect(text).not.toContain("?");
  });

  it("is the same bytes whenever it is made", async () => {
    const first = await pdfOf(DOCUMENT);
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // Dates in files are whole seconds.
    expect((await pdfOf(DOCUMENT)).equals(first)).toBe(true);
    expect((await pdfOf({ ...DOCUMENT, name: "INV-000043" })).equals(first)).toBe(false);
  });

  it("has no tax line without a text for it, no tax id and no person where there is none", async () => {
    const { seller, buyer } = DOCUMENT;
    const bare: DocumentView = {
      ...DOCUMENT,
      seller: { ...seller, taxText: null, taxId: null },
      buyer: { ...buyer, address: [], taxId: null, taxIdType: null, placedBy: null },
    };
    const { text } = await read(await pdfOf(bare));
    for (const absent of ["Reverse charge", "Tax ID", "VAT", "Ordered by", "null", "undefined"])
      expect(text).not.toContain(absent);
  });

  it.each(["de-DE", "fr-FR", "de-CH", "pl-PL", "ja-JP", "uk-UA"])(
    "writes numbers and dates of %s without a sign missing from its own words",
    async (locale) => {
      const { text } = await read(await pdfOf({ ...DOCUMENT, seller: { ...DOCUMENT.seller, locale } }));
      expect(text.replace(/\?/g, "")).toContain("Total");
      // Japanese dates have letters that the font lacks: the note says where they can be read.
      expect(text.includes("?")).toBe(locale === "ja-JP");
    },
  );

  it("shows letters its font does not have as ?, and says where they can be read", async () => {
    const name = "株式会社 Ωμέγα ООО Ромашка";
    const { text } = await read(await pdfOf({ ...DOCUMENT, buyer: { ...DOCUMENT.buyer, name } }));
    expect(text).toContain("ООО Ромашка");
    expect(text).not.toContain("株");
    expect(text).toContain("? stands for a letter that this file has no sign for.");
    expect(text).toContain(PAGE);
  });

  it("keeps long names and addresses on the page, and apart from each other", async () => {
    // As long as the configuration and the form let them be.
    const long = "A very long name of a company that goes on and on ".repeat(4);
    const { seller, buyer } = DOCUMENT;
    const { text, totalPages } = await read(
      await pdfOf({
        ...DOCUMENT,
        seller: {
          ...seller,
          name: long.slice(0, 200),
          address: Array.from({ length: 8 }, () => "Line of an address"),
        },
        buyer: {
          ...buyer,
          name: long.slice(0, 150),
          address: Array.from({ length: 4 }, () => long.slice(0, 100)),
        },
      }),
    );
    expect(totalPages).toBe(1);
    expect(text).toContain("Paid 31 December 2026");
  });
});
