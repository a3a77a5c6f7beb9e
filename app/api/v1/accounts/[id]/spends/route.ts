import { SPEND } from "@/lib/api/operations";
import { presentSpend, replyWith, settled, spendCommand } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";

export const POST = apiRoute(SPEND, async ({ subject: accountId, idempotencyKey, body, deps }) => {
  const command = spendCommand(body);
  const done = settled("spent", await deps.batcher.submit(accountId, { key: idempotencyKey, command }));
  return done.ok ? replyWith(done.value, presentSpend(accountId, done.value)) : done;
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("POST");
