import { z } from "zod";
import { credits, NO_CREDITS } from "../money/credits";
import type { InternalAnswer } from "./decide";

const amount = z
  .string()
  .regex(/^[0-9]+$/)
  .transform((text) => credits(BigInt(text)));
const instant = z.iso.datetime().transform((text) => new Date(text));
const shares = z.array(z.object({ grantId: z.string(), credits: amount }));

const schema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("granted"), grantId: z.string(), credits: amount }),
  z.object({ kind: z.literal("expired"), credits: amount, from: shares }),
  z.object({ kind: z.literal("frozen"), grantId: z.string() }),
  z.object({ kind: z.literal("unfrozen"), grantId: z.string() }),
  z.object({ kind: z.literal("extended"), grantId: z.string(), expiresAt: instant }),
  z.object({
    kind: z.literal("revoked"),
    grantId: z.string(),
    credits: amount,
    debt: amount,
    // Answers of earlier releases do not say.
    expired: amount.default(NO_CREDITS),
  }),
  z.object({ kind: z.literal("restored"), grantId: z.string(), credits: amount, again: amount }),
  z.object({ kind: z.literal("adjusted"), credits: amount, from: shares }),
]);

/** JSON has no int64: credits are kept as decimal strings. */
export const encodeAnswer = (answer: InternalAnswer): string =>
  JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? String(value) : value));

/** Throws when what was stored is not an answer. */
export const decodeAnswer = (stored: unknown): InternalAnswer => schema.parse(stored);
