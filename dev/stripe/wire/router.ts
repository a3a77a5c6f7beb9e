import type { Work } from "../work";
import type { FormTree } from "./form";
import { list, type Param, readHash, type Values, word } from "./params";

export type Method = "GET" | "POST" | "DELETE";
type Shape = Record<string, Param<unknown, boolean>>;
/** Ids from the path, in order. */
export type PathIds = [string, string];

export type Route = {
  method: Method;
  path: string;
  pattern: RegExp;
  /** Reads the parameters and only then gives the work to do. */
  prepare(tree: FormTree, ids: PathIds): { expand: string[]; run(work: Work): object };
};

export function route<S extends Shape>(
  method: Method,
  path: string,
  shape: S,
  handle: (work: Work, params: Values<S>, ...ids: PathIds) => object,
): Route {
  const source = path.replaceAll(".", "\\.").replace(/:\w+/g, "([^/]+)");
  return {
    method,
    path,
    pattern: new RegExp(`^${source}$`),
    prepare(tree, ids) {
      const { expand: expandNode, ...own } = tree;
      const expand = expandNode === undefined ? [] : list(word).read(expandNode, "expand");
      const params = readHash(shape, { ...own });
      return { expand, run: (work) => handle(work, params, ...ids) };
    },
  };
}

export function findRoute(routes: Route[], method: string, pathname: string) {
  for (const candidate of routes) {
    const match = candidate.method === method ? candidate.pattern.exec(pathname) : null;
    if (match) {
      const ids: PathIds = [decodeURIComponent(match[1] ?? ""), decodeURIComponent(match[2] ?? "")];
      return { route: candidate, ids };
    }
  }
  return null;
}
