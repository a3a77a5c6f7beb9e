/** Markup that is safe to put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | null | undefined | false | Part[];

/** Everything put into the template is escaped, unless it is markup already. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0] ?? "";
  for (const [index, part] of parts.entries()) text += render(part) + (strings[index + 1] ?? "");
  return new Html(text);
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  return Array.isArray(part) ? part.map(render).join("") : escapeText(String(part));
}

function escapeText(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

export type PageAnswer = { status: number; body: string; headers: Record<string, string> };

export function page(
  title: string,
  content: Html,
  options: { status?: number; wide?: boolean } = {},
): PageAnswer {
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Stripe simulator</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header class="mark"><strong>Stripe simulator</strong> – test mode. No money moves here.</header>
<main class="${options.wide ? "wide" : "narrow"}">
${content}
</main>
</body>
</html>`;
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-store",
  };
  return { status: options.status ?? 200, body: body.text, headers };
}

export function redirect(location: string): PageAnswer {
  return { status: 303, body: "", headers: { Location: location } };
}

const STYLE = `
:root { --ink: #1c2330; --soft: #5b6577; --line: #d8dde6; --paper: #ffffff; --ground: #f4f6f9; --act: #4b45c9; --on-act: #ffffff; --bad: #a4262c; --good: #16703c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7eaf0; --soft: #a2abbb; --line: #343b48; --paper: #1b2029; --ground: #12161d; --act: #8f8bff; --on-act: #12161d; --bad: #ff9a94; --good: #71d79a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.mark { margin: 0; padding: .5rem 1rem; text-align: center; font-size: .875rem; background: #ffd166; color: #33270a; }
main { margin: 1.5rem auto; padding: 0 1rem; }
.narrow { max-width: 28rem; } .wide { max-width: 76rem; }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 .75rem; } h2 { font-size: 1.0625rem; margin: 2rem 0 .5rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; }
label { display: block; font-weight: 600; font-size: .9375rem; margin-top: .875rem; }
input, select { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; margin-top: .25rem; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: .5rem; }
button { min-height: 2.75rem; padding: .5rem 1.25rem; font: inherit; font-weight: 600; border: 1px solid var(--act); border-radius: .5rem; background: var(--act); color: var(--on-act); cursor: pointer; }
button.quiet { background: transparent; color: var(--act); }
a { color: var(--act); } :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin-top: 1.25rem; }
.soft { color: var(--soft); font-size: .9375rem; } .bad { color: var(--bad); } .good { color: var(--good); }
.alert { border-left: 4px solid var(--bad); padding: .5rem .75rem; margin: .75rem 0 0; color: var(--bad); background: var(--ground); }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; font-size: .875rem; }
th, td { text-align: left; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
td button { min-height: 2rem; padding: .125rem .75rem; font-size: .875rem; }
code { font-family: ui-monospace, monospace; font-size: .8125rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .375rem 1rem; margin: 0; } dt { color: var(--soft); } dd { margin: 0; text-align: right; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; align-items: end; } .fields label { margin-top: 0; }
`;
