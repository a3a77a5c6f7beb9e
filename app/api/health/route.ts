import { answerReadiness } from "@/lib/readiness";

export const dynamic = "force-dynamic";

/** The same as /readyz, under the name it had first. */
export const GET = (): Promise<Response> => answerReadiness();
