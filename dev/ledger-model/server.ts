import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Outcome } from "../../lib/ledger/commit";
import type { SpendingAnswer, SpendingCommand } from "../../lib/ledger/decide";
import type { Keyed } from "../../lib/ledger/keys";

export type Call = {
  readonly number: number;
  readonly accountId: string;
  readonly keyed: Keyed<SpendingCommand>;
};
export type Reply = { readonly number: number } & (
  | { readonly outcome: Outcome<SpendingAnswer> }
  | { readonly failure: string }
);

export type Server = {
  /** Rejects when the server fails or dies before it answers. */
  submit(accountId: string, keyed: Keyed<SpendingCommand>): Promise<Outcome<SpendingAnswer>>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
};

/** Starts a process with its own batcher on this database, and waits until it listens. */
export async function startServer(databaseUrl: string): Promise<Server> {
  const path = fileURLToPath(new URL("server-process.ts", import.meta.url));
  // Amounts are bigints: JSON cannot carry them.
  const child = fork(path, [databaseUrl], { execArgv: ["--import", "tsx"], serialization: "advanced" });
  const waiting = new Map<number, (reply: Reply | null) => void>();
  // Answers it sent before it died are still heard after its exit, until the channel closes.
  const exited = Promise.all([once(child, "exit"), once(child, "disconnect")]);
  let calls = 0;
  const replyTo = (number: number) =>
    new Promise<Reply | null>((resolve) => {
      waiting.set(number, resolve);
    });
  child.on("message", (reply: Reply) => {
    waiting.get(reply.number)?.(reply);
    waiting.delete(reply.number);
  });
  void exited.then(() => {
    for (const resolve of waiting.values()) resolve(null);
  });
  if (!(await replyTo(0))) throw new Error("a server process did not start");
  return {
    async submit(accountId, keyed) {
      calls += 1;
      const number = calls;
      const answered = replyTo(number);
      // That it cannot hear any more is known from its exit.
      child.send({ number, accountId, keyed } satisfies Call, () => {});
      const reply = await answered;
      if (reply && "outcome" in reply) return reply.outcome;
      throw new Error(reply?.failure ?? "the server died");
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
