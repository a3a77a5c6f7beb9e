import { describe, expect, it } from "vitest";
import { type Heard, withAlarms } from "../../dev/testing/alarms";
import { DAY, openPlanShop } from "../../dev/testing/plans";
import type { WorkerDeps } from "../deps";
import { newId, toPublicId } from "../ids";
import { tasks } from "../jobs/tasks";
import { beginRecovery, endRecovery } from "../recovery/mode";
import { checkBooksNightly, reconcileNightly, tellOfDrift } from "./reconcile";

const shop = openPlanShop({ max: 20 });

describe("books that differ from their entries", () => {
  /** An account with an entry of no grant, for as long as `play` takes. */
  async function withDrift(play: (accountId: string) => Promise<void>): Promise<void> {
    const { accountId } = await shop.makeFree();
    await shop.owner`truncate reconciliations`;
    await shop.owner`insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
      values (${accountId}, 99, ${newId()}, 'issued', 'available', 8, now())`;
    await shop.owner`update balances set last_seq = 99 where account_id = ${accountId}`;
    try {
      await play(accountId);
    } finally {
      await shop.owner`delete from entries where account_id = ${accountId} and seq = 99`;
      await shop.owner`update balances set last_seq =
        (select max(seq) from entries e where e.account_id = balances.account_id) where account_id = ${accountId}`;
    }
  }
  const kindsOf = (heard: readonly Heard[]) => heard.map(({ body }) => JSON.parse(body).kind);

  it("are told of while Stripe says nothing, and while an older database is brought up to date", async () => {
    await withDrift((accountId) =>
      withAlarms(async (target, heard) => {
        await shop.passes(DAY);
        shop.simulator.faults.add({
          kind: "fail_before",
          match: { method: "GET", pathPattern: "/v1/charges" },
        });
        await expect(reconcileNightly(shop.deps, target)).rejects.toThrow("Stripe did not answer");
        shop.simulator.faults.clear();
        expect(kindsOf(heard)).toEqual(["books_moved"]);
        expect(heard[0]?.body).toContain(toPublicId("account", accountId));
        await shop.owner`truncate reconciliations`;
        await beginRecovery(shop.db, "evt_restored");
        const nightly = tasks({ ...shop.deps, alarmTo: target } as unknown as WorkerDeps).reconcile;
        await nightly?.({}, null as never);
        await endRecovery(shop.db, shop.clock.now());
        expect(kindsOf(heard), "and Stripe is not asked then").toEqual(["books_moved", "books_moved"]);
      }),
    );
  });

  it("are told of once when all books were compared, however often that is tried again", async () => {
    await withDrift(() =>
      withAlarms(async (target, heard) => {
        for (const _ of [1, 2])
          await expect(checkBooksNightly(shop.deps, target)).rejects.toThrow(
            "the books of 1 accounts differ",
          );
        expect(kindsOf(heard)).toEqual(["books_full"]);
      }),
    );
  });

  it("are told of however long nobody could be told", async () => {
    await shop.owner`truncate reconciliations`;
    await shop.owner`insert into reconciliations (id, kind, started_at, finished_at, drift, result)
      values (${newId()}, 'books_full', now() - interval '9 days', now() - interval '9 days', 1, '{"found": []}')`;
    await withAlarms(async (target, heard) => {
      await tellOfDrift(shop.deps, target);
      await tellOfDrift(shop.deps, target);
      expect(kindsOf(heard)).toEqual(["books_full"]);
    });
    await shop.owner`truncate reconciliations`;
  });
});
