import { describe, expect, it } from "vitest";
import { askAgain, mayAskAgain } from "./ask-again";
import { PAYMENTS_UNAVAILABLE_CODE, type ProviderAnswer } from "./gateway";

const MINUTE_MS = 60_000;
const storedAt = new Date("2027-03-01T12:00:00Z");
const aged = (ms: number) => ({ storedAt, now: new Date(storedAt.getTime() + ms) });

const MADE: ProviderAnswer<string> = { kind: "answered", value: "made" };
const SERVER_ERROR: ProviderAnswer<string> = { kind: "unknown", reason: "500", serverSaidNo: true };
const TIMEOUT: ProviderAnswer<string> = { kind: "unknown", reason: "timeout", serverSaidNo: false };
const DECLINED: ProviderAnswer<string> = { kind: "refused", code: "card_declined" };

/** What came of it, and how often Stripe was asked. */
async function asking(answer: ProviderAnswer<string>, ms: number) {
  let times = 0;
  const answered = await askAgain(aged(ms), async () => {
    times += 1;
    return answer;
  });
  return { answered, times };
}

describe("a request whose answer nobody heard", () => {
  it("is sent again for an hour, and then looked for", async () => {
    for (const ms of [0, 4 * MINUTE_MS, 60 * MINUTE_MS])
      expect([ms, await asking(MADE, ms)]).toEqual([ms, { answered: MADE, times: 1 }]);
    expect(await asking(MADE, 60 * MINUTE_MS + 1)).toEqual({ answered: null, times: 0 });
    expect([mayAskAgain(aged(60 * MINUTE_MS)), mayAskAgain(aged(60 * MINUTE_MS + 1))]).toEqual([true, false]);
  });

  it("is looked for after three minutes where Stripe repeats an error of its own, and not before", async () => {
    expect(await asking(SERVER_ERROR, 3 * MINUTE_MS)).toEqual({ answered: SERVER_ERROR, times: 1 });
    expect(await asking(SERVER_ERROR, 3 * MINUTE_MS + 1)).toEqual({ answered: null, times: 1 });
  });

  it("stays unknown where no answer came, however long ago", async () => {
    expect((await asking(TIMEOUT, 59 * MINUTE_MS)).answered).toEqual(TIMEOUT);
  });

  it("is refused where Stripe says so, and unknown where it was not asked this time", async () => {
    expect((await asking(DECLINED, 4 * MINUTE_MS)).answered).toEqual(DECLINED);
    const unasked = await asking({ kind: "refused", code: PAYMENTS_UNAVAILABLE_CODE }, 4 * MINUTE_MS);
    expect(unasked.answered).toMatchObject({ kind: "unknown", serverSaidNo: false });
  });
});
