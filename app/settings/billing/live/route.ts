import { auth } from "@/lib/auth/session";
import { streamBalance } from "@/lib/live";

/** Tells an open page when its account's balance moved. The answers that are none end a browser's attempts. */
export async function GET(): Promise<Response> {
  const customer = await auth();
  if (!customer) return new Response(null, { status: 401 });
  const stream = streamBalance(customer);
  return stream ? new Response(stream, { headers: HEADERS }) : new Response(null, { status: 429 });
}

/** The same without a stream: what nobody reads would count as one of this person's until it ends by itself. */
export async function HEAD(): Promise<Response> {
  const customer = await auth();
  return customer ? new Response(null, { headers: HEADERS }) : new Response(null, { status: 401 });
}

const HEADERS = {
  "Content-Type": "text/event-stream",
  // Compressing would keep small messages back.
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
};
