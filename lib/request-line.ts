/** Why a request is answered before anybody looks for what it asks: a status, a sentence, and the methods there are. */
export type Refusal = { readonly status: 400 | 405; readonly text: string; readonly allow?: string };

/** What some page or route of ours answers, or refuses with a list of its own. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * Refuses what the framework would fail at: an address that is no path of ours (`*`, another server's), one whose escapes
 * are none (`/%E0%A4%A`), and methods it does not know. Null for everything else. `url` is as it came.
 */
export function refuseRequestLine(method: string | undefined, url: string | undefined): Refusal | null {
  if (!METHODS.includes(method ?? "")) {
    return { status: 405, text: "Nothing here knows this method.", allow: "GET, HEAD, POST" };
  }
  return url !== undefined && isPath(url) ? null : { status: 400, text: "This address cannot be read." };
}

function isPath(url: string): boolean {
  if (!url.startsWith("/")) return false;
  const [path = ""] = url.split("?", 1);
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
