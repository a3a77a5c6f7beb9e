import type { z } from "zod";
import { err, ok, type Result } from "../result";
import type { Problem } from "./problems";

const MAX_ERRORS = 20;

/** What a schema makes of a value from outside, or what is wrong with it and where. */
export function check<S extends z.ZodType>(schema: S, value: unknown): Result<z.output<S>, Problem> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues.flatMap(describe).slice(0, MAX_ERRORS);
  return err({ code: "invalid_request", errors });
}

type Located = { readonly pointer: string; readonly detail: string };

function describe(issue: z.core.$ZodIssue): Located[] {
  if (issue.code !== "unrecognized_keys") return [{ pointer: toPointer(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: toPointer([...issue.path, key]), detail: "is not known" }));
}

/** RFC 6901. */
export const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
