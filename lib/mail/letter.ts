import { type Html, html } from "./html";

/** What a mail says, once: text and HTML are both made of it, so that they cannot say different things. */
export type Letter = {
  readonly subject: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** Names and values, in their order. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** Where to go; `path` begins with `/` and is ours. */
  readonly action?: { readonly label: string; readonly path: string };
  /** What stands after the way on. */
  readonly after?: readonly string[];
};

/** What stands below every letter. */
export type Footing = {
  readonly appUrl: string;
  readonly productName: string;
  readonly supportEmail: string;
  /** Why it came to whom it came. */
  readonly why: string;
  /** The page that switches mails of this topic off; null where they cannot be. */
  readonly unsubscribeUrl: string | null;
};

/** A letter as text, for whoever reads or prefers no HTML. */
export function letterText(letter: Letter, footing: Footing): string {
  const { heading, paragraphs, facts = [], action, after = [] } = letter;
  const parts = [
    heading,
    ...paragraphs,
    facts.map(([name, value]) => `${name}: ${value}`).join("\n"),
    action ? `${action.label}:\n${footing.appUrl}${action.path}` : "",
    ...after,
    `-- \n${footing.why} ${questions(footing)}`,
    footing.unsubscribeUrl ? `${STOP}:\n${footing.unsubscribeUrl}` : "",
  ];
  return `${parts.filter((each) => each !== "").join("\n\n")}\n`;
}

const STOP = "Stop e-mails like this one";
const questions = ({ productName, supportEmail }: Footing) =>
  `Questions? Write to ${supportEmail}. ${productName}`;

// Colours are the reader's own, light or dark: only the button has its own two, readable on both. No image, no script, nothing remote.
const BUTTON =
  "display:inline-block;padding:10px 16px;border-radius:6px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none";

/** The same letter as HTML; everything that is put in is escaped. */
export const letterHtml = (letter: Letter, footing: Footing): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${letter.subject}</title>
<style>:root { color-scheme: light dark; supported-color-schemes: light dark }</style>
</head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<div style="max-width:560px;margin:0 auto">
<h1 style="font-size:20px;line-height:1.3;margin:0 0 16px" dir="auto">${letter.heading}</h1>
${letter.paragraphs.map(paragraph)}${factTable(letter.facts ?? [])}${button(letter, footing)}${(
  letter.after ?? []
).map(paragraph)}<hr style="margin:24px 0;border:0;border-top:1px solid #8888">
<p style="font-size:13px;margin:0 0 8px" dir="auto">${footing.why} ${questions(footing)}</p>
${footing.unsubscribeUrl ? html`<p style="font-size:13px;margin:0"><a href="${footing.unsubscribeUrl}">${STOP}</a></p>\n` : ""}</div>
</body>
</html>
`.text;

const paragraph = (text: string): Html => html`<p style="margin:0 0 16px" dir="auto">${text}</p>\n`;

function factTable(facts: NonNullable<Letter["facts"]>): Html {
  if (facts.length === 0) return html``;
  const row = ([name, value]: (typeof facts)[number]) =>
    html`<tr><th align="left" valign="top" style="padding:4px 16px 4px 0;font-weight:400">${name}</th><td style="padding:4px 0;overflow-wrap:anywhere"><bdi>${value}</bdi></td></tr>\n`;
  return html`<table style="border-collapse:collapse;margin:0 0 16px">${facts.map(row)}</table>\n`;
}

function button({ action }: Letter, { appUrl }: Footing): Html {
  if (!action) return html``;
  return html`<p style="margin:0 0 16px"><a href="${appUrl + action.path}" style="${BUTTON}">${action.label}</a></p>\n`;
}
