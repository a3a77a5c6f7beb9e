export const dynamic = "force-dynamic";

/** For whoever starts a process again that no longer answers. Says nothing of the database: starting again would not help. */
export function GET(): Response {
  return Response.json({ status: "alive" }, { headers: { "cache-control": "no-store" } });
}
