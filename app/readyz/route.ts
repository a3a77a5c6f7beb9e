import { answerReadiness } from "@/lib/readiness";

export const dynamic = "force-dynamic";

/** For whoever decides whether this process gets requests: it does while it can serve. */
export const GET = (): Promise<Response> => answerReadiness();
