import { SPEND } from "@/lib/api/operations";
import { presentSpend, replyWith, settled, spendCommand } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";

export const POST = apiRoute(SPEND, async ({ subject: accountId, idempotencyKey, body, deps, key }) => {
  const command = spendCommand(body);
  const keyed = { key: idempotencyKey, command, apiKey: key.number };
  const done = settled("spent", await deps.batcher.submit(accountId, keyed));
  return done.ok ? replyWith(done.value, presentSpend(accountId, done.value)) : done;
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("POST");
