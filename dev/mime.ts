/** A mail message as a mail program shows it. Header names are lower case; of a repeated header the last counts. */
export type ReadMessage = {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
};

/** Reads what arrives over SMTP: unfolds and decodes headers, and finds the text and HTML bodies among the parts. */
export function readMessage(raw: string): ReadMessage {
  const { headers, body } = split(raw);
  const bodies = readBodies(headers, body);
  const decoded = Object.entries(headers).map(([name, value]) => [name, decodeWords(value)]);
  return { headers: Object.fromEntries(decoded), text: bodies.text ?? "", html: bodies.html ?? "" };
}

type Headers = Readonly<Record<string, string>>;
type Bodies = { readonly text?: string; readonly html?: string };

function split(raw: string): { headers: Headers; body: string } {
  const end = raw.indexOf("\r\n\r\n");
  const head = (end < 0 ? raw : raw.slice(0, end)).replace(/\r\n[ \t]+/g, " ");
  const headers = head.split("\r\n").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: Object.fromEntries(headers), body: end < 0 ? "" : raw.slice(end + 4) };
}

function readBodies(headers: Headers, body: string): Bodies {
  const type = headers["content-type"] ?? "text/plain";
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary !== undefined) {
    const parts = body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => split(part.replace(/^\r\n/, "")));
    return Object.assign({}, ...parts.map((part) => readBodies(part.headers, part.body)));
  }
  const content = decodeBody(body, headers["content-transfer-encoding"]?.toLowerCase());
  return /^text\/html/i.test(type) ? { html: content } : { text: content };
}

function decodeBody(body: string, encoding: string | undefined): string {
  const bytes =
    encoding === "base64"
      ? Buffer.from(body, "base64")
      : encoding === "quoted-printable"
        ? quotedPrintable(body.replace(/=[ \t]*\r\n/g, ""))
        : Buffer.from(body, "latin1");
  return bytes.toString("utf8").replaceAll("\r\n", "\n").replace(/\n$/, "");
}

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=`; white space between two of them is not part of the text. */
function decodeWords(value: string): string {
  const plain = Buffer.from(value, "latin1").toString("utf8");
  return plain
    .replace(/(=\?[^?]+\?[BQ]\?[^?]*\?=)\s+(?==\?)/gi, "$1")
    .replace(/(?:=\?utf-8\?[BQ]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat(
        [...words.matchAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi)].map(([, kind, text = ""]) =>
          kind?.toUpperCase() === "B"
            ? Buffer.from(text, "base64")
            : quotedPrintable(text.replaceAll("_", " ")),
        ),
      ).toString("utf8"),
    );
}
