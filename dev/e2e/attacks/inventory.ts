import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { ROOT } from "../../build";

/** A server action as the build knows it: `app/sign-in/actions.ts#signInAction`. */
export type Action = { readonly name: string; readonly id: string };

/** Every server action that the built application answers, each once, by name. */
export function listActions(): readonly Action[] {
  const file = join(ROOT, ".next/server/server-reference-manifest.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as {
    node: Record<string, { filename: string; exportedName: string }>;
  };
  return Object.entries(manifest.node)
    .map(([id, { filename, exportedName }]) => ({ id, name: `${filename}#${exportedName}` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
/** A route handler: its address with parameters in brackets, and the methods its file exports. */
export type Route = { readonly address: string; readonly methods: readonly Method[] };

const METHODS: readonly Method[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Every route handler of the source, by address. */
export function listRoutes(): readonly Route[] {
  return filesCalled("route.ts").map((path) => {
    const text = readFileSync(join(ROOT, "app", path), "utf8");
    const exported = [
      ...text.matchAll(/^export (?:const \{([^}]*)\}|const (\w+)|(?:async )?function (\w+))/gm),
    ];
    const names = exported.flatMap(([, list, one, made]) => [...(list?.split(/[\s,]+/) ?? []), one, made]);
    return { address: addressOf(path), methods: METHODS.filter((method) => names.includes(method)) };
  });
}

/** The address of every page of the source, with parameters in brackets. */
export const listPages = (): readonly string[] => filesCalled("page.tsx").map(addressOf);

/** The scripts an operator runs: those of `package.json` that start one of our own programs outside `dev`. */
export function listCommands(): readonly { readonly name: string; readonly file: string }[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  return Object.entries(scripts).flatMap(([name, command]) => {
    const file = /^tsx ((?:lib|db)\/\S+\.ts)$/.exec(command)?.[1];
    return file ? [{ name, file }] : [];
  });
}

const filesCalled = (name: string): string[] =>
  readdirSync(join(ROOT, "app"), { recursive: true, encoding: "utf8" })
    .filter((path) => path === name || path.endsWith(sep + name))
    .map((path) => path.split(sep).join("/"))
    .sort();

const addressOf = (path: string): string => `/${path.split("/").slice(0, -1).join("/")}`;
