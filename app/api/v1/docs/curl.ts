import type { Operation } from "@/lib/api/operations";

/** The request of an operation's example, as one would type it. */
export function curlOf({ method, path, key, example }: Operation, origin: string): string {
  const address = path.replace(/\{\w+\}/, example.id ?? "");
  const lines = [`curl ${origin}/api/v1${address}`, '-H "Authorization: Bearer $REFILL_API_KEY"'];
  if (key === "header") lines.push('-H "Idempotency-Key: job-17"');
  if (example.body) {
    lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(example.body, null, 2)}'`);
  } else if (method === "POST") {
    lines.splice(1, 0, "-X POST");
  }
  return lines.join(" \\\n  ");
}
