import type { Facts } from "./facts";

/** A form of one of our pages as a browser without JavaScript would send it. */
export type CapturedForm = { readonly path: string; readonly fields: readonly (readonly [string, string])[] };

export type Sent = { readonly status: number; readonly location: string | null; readonly html: string };

type Sender = {
  /** A `Cookie` header; left out for somebody who is signed out. */
  readonly cookie?: string | undefined;
  /** The `Origin` header, ours when left out, none when null. */
  readonly origin?: string | null;
};

/** Reads the form with this text in it (a button's, say) from the page as the server renders it. */
export async function captureForm(
  facts: Facts,
  path: string,
  cookie: string | undefined,
  marker: string,
): Promise<CapturedForm> {
  const page = await send(facts, path, { cookie }, {});
  const forms = page.html.match(/<form[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((each) => each.includes(marker));
  if (!form) throw new Error(`no form with “${marker}” on ${path} (${page.status})`);
  const fields: [string, string][] = [];
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, "name");
    const chosen = !/type="(radio|checkbox)"/.test(input) || /\schecked=/.test(input);
    if (name && chosen) fields.push([name, attribute(input, "value") ?? ""]);
  }
  return { path, fields };
}

/** Sends a captured form, with some fields changed (a string), added, doubled (a list) or left out (null). */
export async function sendForm(
  facts: Facts,
  form: CapturedForm,
  sender: Sender,
  changes: Record<string, string | readonly string[] | null> = {},
): Promise<Sent> {
  const body = new FormData();
  for (const [name, value] of form.fields) if (!Object.hasOwn(changes, name)) body.append(name, value);
  for (const [name, value] of Object.entries(changes)) {
    for (const each of typeof value === "string" ? [value] : (value ?? [])) body.append(name, each);
  }
  return send(facts, form.path, sender, { method: "POST", body });
}

/** What a page with JavaScript sends for the same form. */
export type CapturedCall = { readonly path: string; readonly headers: Record<string, string>; body: Buffer };

export const sendCall = (
  facts: Facts,
  { path, headers, body }: CapturedCall,
  sender: Sender,
): Promise<Sent> => send(facts, path, sender, { method: "POST", headers, body: new Uint8Array(body) });

async function send(facts: Facts, path: string, sender: Sender, init: RequestInit): Promise<Sent> {
  const { cookie, origin = facts.url } = sender;
  const headers = new Headers(init.headers);
  if (cookie) headers.set("Cookie", cookie);
  if (init.method === "POST" && origin !== null) headers.set("Origin", origin);
  if (init.method === "POST") headers.set("Referer", facts.url + path);
  const answer = await fetch(facts.url + path, { ...init, headers, redirect: "manual" });
  const location = answer.headers.get("location") ?? answer.headers.get("x-action-redirect");
  return { status: answer.status, location, html: await answer.text() };
}

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decode(value);
};

const ENTITIES: Record<string, string> = { quot: '"', amp: "&", lt: "<", gt: ">", "#x27": "'" };
/** As it stands in the page, entities resolved. */
export const decode = (text: string): string =>
  text.replace(/&(quot|amp|lt|gt|#x27);/g, (whole, name: string) => ENTITIES[name] ?? whole);
