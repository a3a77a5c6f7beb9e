import { fc } from "@fast-check/vitest";
import { it } from "vitest";
import {
  histories,
  PROMPT_ACTS,
  play,
  playLateAndPrompt,
  YEAR_ACTS,
} from "../../../dev/allowance-model/history";
import { playEveryOrder, shuffledHistories } from "../../../dev/allowance-model/orders";

const numRuns = Number(process.env.ALLOWANCE_HISTORIES ?? 150);

it("keeps what must hold in every history of Stripe's, heard of at any time", { timeout: 600_000 }, () => {
  fc.assert(fc.property(histories(), play), { numRuns });
});

it("keeps what must hold of years that end early, credited and refunded in part", {
  timeout: 600_000,
}, () => {
  fc.assert(fc.property(histories(YEAR_ACTS), play), { numRuns });
});

it("ends the same, heard of late or at once", { timeout: 600_000 }, () => {
  fc.assert(fc.property(histories(PROMPT_ACTS), playLateAndPrompt), { numRuns });
});

it("ends the same for every order in which what an operator, a bank and time did is heard of", {
  timeout: 600_000,
}, () => {
  fc.assert(fc.property(shuffledHistories(), playEveryOrder), { numRuns });
});
