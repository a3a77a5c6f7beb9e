import { describeHealth } from "@/lib/health";
import { keepBriefly } from "@/lib/keep-briefly";

export const dynamic = "force-dynamic";

/** Anybody may ask, and each answer takes several queries. */
const healthOfLate = keepBriefly(2_000, () => describeHealth());

/** For the operator's monitoring: 200 when nothing needs looking at, else 503 with what. No probe of a process. */
export async function GET(): Promise<Response> {
  const health = await healthOfLate();
  const status = health.status === "ok" ? 200 : 503;
  return Response.json(health, { status, headers: { "cache-control": "no-store" } });
}
