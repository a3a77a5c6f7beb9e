import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const README = fileURLToPath(new URL("../stripe/README.md", import.meta.url));

/** The open questions of the simulator's README by their ids, each in its own words. */
export async function readQuestions(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(README, "utf8");
  const section = text.split(/^## Questions only the real Stripe can answer$/m)[1]?.split(/^## /m)[0] ?? "";
  const items = section.matchAll(/^- \*\*(Q\d+)\*\* ([\s\S]*?)(?=^- |^\s*$)/gm);
  return new Map([...items].map(([, id = "", words = ""]) => [id, words.replaceAll(/\s+/g, " ").trim()]));
}
