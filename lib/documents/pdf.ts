import { join } from "node:path";
import PDFDocument from "pdfkit";
import type { DocumentWords } from "./words";

/** As the server and the commands run: in the folder that has the packages. `next.config.mjs` has the files traced. */
const FONTS = join(process.cwd(), "node_modules/geist/dist/fonts/geist-sans");
const REGULAR = join(FONTS, "Geist-Regular.ttf");
const BOLD = join(FONTS, "Geist-SemiBold.ttf");

const [LEFT, RIGHT, TOP, BOTTOM] = [56, 539, 56, 780];
const WIDTH = RIGHT - LEFT;
const MIDDLE = LEFT + WIDTH / 2 + 12;
const MUTED = "#62646f";
const INK = "#17181c";
const LINE = "#c9cbd2";

type Pdf = InstanceType<typeof PDFDocument>;

export type PdfOptions = {
  /** When the document was made: the file's own date, so that the same document is the same bytes whenever it is asked for. */
  readonly issuedAt: Date;
  /** Where the document's page is, which shows every letter. */
  readonly pageUrl: string;
};

/**
 * A document as one A4 page of PDF, with the letters it needs in it. Letters its font does not have are shown as `?`, and a line at
 * the foot says so and where they can be read.
 */
export function writePdf(words: DocumentWords, { issuedAt, pageUrl }: PdfOptions): Promise<Buffer> {
  const info = {
    Title: `${words.title} ${words.number}`,
    Author: words.seller[0] ?? "",
    CreationDate: issuedAt,
  };
  const pdf = new PDFDocument({
    size: "A4",
    margins: { top: TOP, left: LEFT, right: 595 - RIGHT, bottom: 20 },
    font: REGULAR,
    // Compressed, the bytes would depend on the library that compresses.
    compress: false,
    lang: "en",
    info,
  });
  pdf.registerFont("regular", REGULAR).registerFont("bold", BOLD);
  const parts: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    pdf.on("data", (part: Buffer) => parts.push(part));
    pdf.on("end", () => resolve(Buffer.concat(parts)));
    pdf.on("error", reject);
  });
  const paper = paperOf(pdf);
  draw(paper, words);
  if (paper.lacks()) {
    const note = ["? stands for a letter that this file has no sign for. You can read it here:", pageUrl];
    paper.write(note, { x: LEFT, y: BOTTOM, width: WIDTH }, { size: 8, color: MUTED });
  }
  pdf.end();
  return whole;
}

type Style = { readonly size?: number; readonly bold?: boolean; readonly color?: string };
type Paper = {
  readonly pdf: Pdf;
  /** Writes lines from `y` on, wrapped to the width, and says where the next begins. */
  write(lines: readonly string[], place: Place, style?: Style): number;
  /** Whether letters were left out. */
  lacks(): boolean;
};
type Place = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly align?: "left" | "right";
};

function paperOf(pdf: Pdf): Paper {
  let lacking = false;
  return {
    pdf,
    write(lines, { x, y, width, align = "left" }, { size = 10, bold = false, color = INK } = {}) {
      pdf
        .font(bold ? "bold" : "regular")
        .fontSize(size)
        .fillColor(color);
      let next = y;
      for (const line of lines) {
        const { text, complete } = readable(pdf, line);
        lacking ||= !complete;
        pdf.text(text, x, next, { width, align, lineGap: 2 });
        next = pdf.y;
      }
      return next;
    },
    lacks: () => lacking,
  };
}

/** The library's own, which its types leave out. */
type WithFont = { readonly _font: { readonly font: { hasGlyphForCodePoint(code: number): boolean } } };

/** The line as the font that is set can write it: signs that it does not have become `?`, kinds of spaces a space. */
function readable(pdf: Pdf, line: string): { readonly text: string; readonly complete: boolean } {
  const { font } = (pdf as unknown as WithFont)._font;
  let complete = true;
  const plain = line.normalize("NFC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const text = Array.from(plain, (sign) => {
    if (font.hasGlyphForCodePoint(sign.codePointAt(0) ?? 0)) return sign;
    if (/\p{Zs}/u.test(sign)) return "\u00a0";
    complete = false;
    return "?";
  }).join("");
  return { text, complete };
}

function draw(paper: Paper, words: DocumentWords): void {
  const { pdf } = paper;
  const half = WIDTH / 2 - 12;
  const right = { x: MIDDLE, width: half };
  paper.write([words.title], { x: LEFT, y: TOP, width: half }, { size: 22, bold: true });
  const seller = paper.write(words.seller.slice(0, 1), { ...right, y: TOP + 4 }, { bold: true });
  const below = Math.max(paper.write(words.seller.slice(1), { ...right, y: seller }), TOP + 70) + 28;
  paper.write(["Billed to"], { x: LEFT, y: below, width: half }, { size: 9, color: MUTED });
  const name = paper.write(words.buyer.slice(0, 1), { x: LEFT, y: below + 15, width: half }, { bold: true });
  const buyer = paper.write(words.buyer.slice(1), { x: LEFT, y: name, width: half });
  const facts = drawFacts(paper, words, below);
  const table = Math.max(buyer, facts) + 36;
  rule(pdf, table);
  const at = table + 10;
  const what = { x: LEFT, y: at, width: WIDTH - 150 };
  const line = paper.write([words.line.what], what, { bold: true });
  const under = words.line.rate
    ? paper.write([words.line.rate], { ...what, y: line }, { color: MUTED })
    : line;
  paper.write([words.line.amount], { x: RIGHT - 140, y: at, width: 140, align: "right" });
  rule(pdf, under + 10);
  const tax = words.tax
    ? paper.write([words.tax], { ...what, y: under + 20 }, { color: MUTED }) + 8
    : under + 20;
  paper.write([words.total.label], { x: LEFT, y: tax, width: 200 }, { size: 12, bold: true });
  const sum = { x: RIGHT - 240, y: tax, width: 240, align: "right" } as const;
  const total = paper.write([words.total.value], sum, { size: 12, bold: true });
  rule(pdf, total + 10);
  paper.write([words.paid], { x: LEFT, y: total + 22, width: WIDTH });
}

function drawFacts(paper: Paper, { facts }: DocumentWords, from: number): number {
  let y = from;
  for (const { label, value } of facts) {
    paper.write([label], { x: MIDDLE, y, width: 70 }, { color: MUTED });
    y = paper.write([value], { x: MIDDLE + 74, y, width: RIGHT - MIDDLE - 74 }) + 3;
  }
  return y;
}

const rule = (pdf: Pdf, y: number) =>
  pdf.moveTo(LEFT, y).lineTo(RIGHT, y).lineWidth(0.75).strokeColor(LINE).stroke();
