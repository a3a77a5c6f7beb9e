import { spendEach } from "@/lib/api/batch";
import { SPEND_MANY } from "@/lib/api/operations";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";
import { ok } from "@/lib/result";

export const POST = apiRoute(SPEND_MANY, async (call) => ok({ body: { results: await spendEach(call) } }));

export const { GET, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("POST");
