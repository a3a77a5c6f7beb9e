import { RELEASE_HOLD } from "@/lib/api/operations";
import { asHoldProblem, presentRelease, releaseCommand, replyWith, settled } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";
import { err } from "@/lib/result";

export const POST = apiRoute(RELEASE_HOLD, async ({ subject: hold, idempotencyKey, deps, key }) => {
  const command = releaseCommand(hold);
  const done = settled(
    "released",
    await deps.batcher.submit(hold.accountId, { key: idempotencyKey, command, apiKey: key.number }),
  );
  return done.ok ? replyWith(done.value, presentRelease(hold, done.value)) : err(asHoldProblem(done.error));
});

export const { GET, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("POST");
