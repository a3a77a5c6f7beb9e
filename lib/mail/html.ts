/** Markup in which everything that was put in is escaped. Only `html` makes it. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | Html | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (each) => ESCAPES[each] ?? "");

function written(part: Part): string {
  if (typeof part === "string") return escaped(part);
  return part instanceof Html ? part.text : part.map((each) => each.text).join("");
}

/** A template for the body of a message: html`<p>${name}</p>` cannot contain markup of the name's. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(
    strings.map((text, index) => (index === 0 ? text : written(parts[index - 1] ?? "") + text)).join(""),
  );
