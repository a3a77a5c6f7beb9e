import { fc } from "@fast-check/vitest";
import { it } from "vitest";
import { histories, PROMPT_ACTS, play, playLateAndPrompt } from "../../../dev/allowance-model/history";

const numRuns = Number(process.env.ALLOWANCE_HISTORIES ?? 150);

it("keeps what must hold in every history of Stripe's, heard of at any time", { timeout: 600_000 }, () => {
  fc.assert(fc.property(histories(), play), { numRuns });
});

it("ends the same, heard of late or at once", { timeout: 600_000 }, () => {
  fc.assert(fc.property(histories(PROMPT_ACTS), playLateAndPrompt), { numRuns });
});
