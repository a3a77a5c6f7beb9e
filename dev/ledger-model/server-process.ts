import "../catalog";
import { connect } from "../../db/client";
import { createBatcher } from "../../lib/ledger/batcher";
import type { Call, Reply } from "./server";

// A web process as far as spending goes: a pool and a batcher of its own. It is there to be killed.
const [databaseUrl = ""] = process.argv.slice(2);
const db = connect(databaseUrl);
const batcher = createBatcher(db);
// Connected before it is asked anything, so that it is not killed while it still connects.
await Promise.all([1, 2].map(() => db.pool.unsafe("select pg_sleep(0.01)")));

process.on("message", ({ number, accountId, keyed }: Call) => {
  batcher.submit(accountId, keyed).then(
    (outcome) => reply({ number, outcome }),
    (error: unknown) => reply({ number, failure: String(error) }),
  );
});
process.once("disconnect", () => process.exit());
reply({ number: 0, failure: "ready" });

function reply(message: Reply): void {
  process.send?.(message);
}
