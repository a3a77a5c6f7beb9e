import { CAPTURE_HOLD } from "@/lib/api/operations";
import { asHoldProblem, captureCommand, presentCapture, replyWith, settled } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";
import { err } from "@/lib/result";

export const POST = apiRoute(CAPTURE_HOLD, async ({ subject: hold, idempotencyKey, body, deps, key }) => {
  const command = captureCommand(hold, body);
  const done = settled(
    "captured",
    await deps.batcher.submit(hold.accountId, { key: idempotencyKey, command, apiKey: key.number }),
  );
  return done.ok ? replyWith(done.value, presentCapture(hold, done.value)) : err(asHoldProblem(done.error));
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("POST");
