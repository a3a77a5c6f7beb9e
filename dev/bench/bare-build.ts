import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildIfStale, ROOT, SOURCES } from "../build";

/** Inside the repository, so that its packages are found. */
const FOLDER = join(ROOT, ".data/bench-app");

/** Where the bare page is in this build, and in no other. */
export const BARE_PATH = "/bare";

/**
 * The product as it ships and one page more, to compare with: same framework, same build, same process. Built in a folder of
 * its own unless nothing changed; returns that folder, to be started in.
 */
export async function buildWithBarePage(): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  for (const source of SOURCES) {
    await rm(join(FOLDER, source), { recursive: true, force: true });
    await cp(join(ROOT, source), join(FOLDER, source), { recursive: true });
  }
  await cp(fileURLToPath(new URL("bare", import.meta.url)), join(FOLDER, "app", BARE_PATH), {
    recursive: true,
  });
  await buildIfStale(FOLDER);
  return FOLDER;
}
