import { PLACE_HOLD } from "@/lib/api/operations";
import { holdCommand, presentHold, replyWith, settled } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";

export const POST = apiRoute(PLACE_HOLD, async ({ subject: accountId, idempotencyKey, body, deps, key }) => {
  const command = holdCommand(body);
  const keyed = { key: idempotencyKey, command, apiKey: key.number };
  const done = settled("held", await deps.batcher.submit(accountId, keyed));
  return done.ok ? replyWith(done.value, presentHold(accountId, done.value)) : done;
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("POST");
