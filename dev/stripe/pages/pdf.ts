/** A document of one page with these lines on it; what Latin-1 does not have is shown as a question mark. */
export function pdfOf(lines: string[]): string {
  const shownLines = lines.map((line) => `(${escapeText(line)}) Tj T*`).join("\n");
  const content = `BT /F1 12 Tf 56 780 Td 18 TL\n${shownLines}\nET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  return `${text}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
}

/** Only ASCII goes in as it is, so that a byte is a character and the offsets are right. */
function escapeText(line: string): string {
  const escaped = line.replaceAll(/[\\()]/g, (character) => `\\${character}`);
  return [...escaped].map(asAscii).join("");
}

function asAscii(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 32 && code < 127) return character;
  return code >= 160 && code < 256 ? `\\${code.toString(8)}` : "?";
}
