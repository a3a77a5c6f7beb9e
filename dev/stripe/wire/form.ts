import { invalidParameter } from "./errors";

export type FormNode = string | FormTree;
export type FormTree = { [key: string]: FormNode };

/** `a[b][0]=x` becomes `{ a: { b: { 0: "x" } } }`; `a[]=x` counts up by itself. */
export function decodeForm(text: string): FormTree {
  const root: FormTree = Object.create(null);
  for (const pair of text.split("&")) {
    if (pair) place(root, pair);
  }
  return root;
}

function place(root: FormTree, pair: string): void {
  const split = pair.indexOf("=");
  const key = decode(split < 0 ? pair : pair.slice(0, split));
  const value = split < 0 ? "" : decode(pair.slice(split + 1));
  const shape = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(key);
  if (!shape) throw invalidParameter(`Invalid parameter name: ${key}`, key);
  const inner = [...(shape[2] ?? "").matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? "");
  const path = [shape[1] ?? "", ...inner];
  let node = root;
  for (const part of path.slice(0, -1)) node = child(node, part, key);
  const last = nameIn(node, path[path.length - 1] ?? "");
  if (node[last] !== undefined) throw invalidParameter(`Parameter sent twice: ${key}`, key);
  node[last] = value;
}

function child(node: FormTree, part: string, key: string): FormTree {
  const name = nameIn(node, part);
  const existing = node[name];
  if (typeof existing === "string")
    throw invalidParameter(`Parameter is both a value and a hash: ${key}`, key);
  if (existing) return existing;
  const fresh: FormTree = Object.create(null);
  node[name] = fresh;
  return fresh;
}

function nameIn(node: FormTree, part: string): string {
  return part === "" ? String(Object.keys(node).length) : part;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalidParameter("Invalid request: the body could not be decoded.");
  }
}

/** The same parameters in any order give the same text. */
export function canonical(node: FormNode): string {
  if (typeof node === "string") return JSON.stringify(node);
  const members = Object.keys(node)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(node[key] ?? "")}`);
  return `{${members.join(",")}}`;
}
