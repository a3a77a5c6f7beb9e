import { describeHealth } from "@/lib/health";

export const dynamic = "force-dynamic";

/** For the operator's monitoring: 200 when nothing needs looking at, else 503 with what. No probe of a process. */
export async function GET(): Promise<Response> {
  const health = await describeHealth();
  const status = health.status === "ok" ? 200 : 503;
  return Response.json(health, { status, headers: { "cache-control": "no-store" } });
}
