import { describe, expect, it } from "vitest";
import { CARD, INVOICE, NOW } from "@/dev/testing/account-view";
import { choiceOf, declinedFor } from "./card-choice";

const [visa, amex, jcb] = ["visa", "amex", "jcb"].map((id) => ({ ...CARD, id }));
const cards = [visa, amex, jcb].flatMap((each) => (each ? [each] : []));
const made = (...given: Parameters<typeof choiceOf>) => {
  const choice = choiceOf(...given);
  return [choice.cards.map(({ id }) => id).join(" "), choice.isMade];
};

describe("the choice of a card", () => {
  it("is the default one at first", () => expect(made(cards)).toEqual(["visa amex jcb", true]));

  it("is nobody's after a decline, and the declined ones are last", () => {
    expect(made(cards, ["visa"])).toEqual(["amex jcb visa", false]);
    expect(made(cards, ["visa", "jcb"])).toEqual(["amex visa jcb", false]);
    expect(made(cards.slice(0, 1), ["visa"])).toEqual(["visa", false]);
  });

  it("for an invoice marks the card that was declined for it, not the one that has become the default since", () => {
    const [old, added] = [
      { ...CARD, id: "old", isDefault: false, paysRenewals: false },
      { ...CARD, id: "added" },
    ];
    const failed = { ...INVOICE, declinedCards: ["old"] };
    expect(declinedFor(failed, [added, old])).toEqual(["old"]);
    expect(declinedFor(failed, [added])).toEqual([]);
    const at = NOW;
    const tried = { ...added, declined: { at, code: "generic_decline" } };
    expect(declinedFor(failed, [tried, old])).toEqual(["added", "old"]);
    const notAsked = { ...added, declined: { at, code: "change_planned" } };
    expect(declinedFor(failed, [notAsked, old])).toEqual(["old"]);
  });

  it("is not touched by cards that are gone", () =>
    expect(made(cards, ["old"])).toEqual(["visa amex jcb", true]));

  it("is the one that was saved just now", () => {
    expect(made(cards, ["jcb"], { justSaved: true })).toEqual(["visa amex jcb", true]);
  });
});
