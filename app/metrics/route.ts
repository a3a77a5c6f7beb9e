import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { answerScrape } from "@/lib/metrics/answer";

export const dynamic = "force-dynamic";

/** For Prometheus, which names METRICS_TOKEN; without such a variable there is nothing here. */
export async function GET(request: Request): Promise<Response> {
  const token = env().METRICS_TOKEN;
  if (!token) return new Response("There is nothing at this address.\n", { status: 404 });
  const { status, headers, text } = await answerScrape(deps(), request.headers.get("authorization"), token);
  return new Response(text, { status, headers });
}
