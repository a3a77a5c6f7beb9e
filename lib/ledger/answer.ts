import { z } from "zod";
import { credits } from "../money/credits";
import type { Answer } from "./decide";

const amount = z
  .string()
  .regex(/^[0-9]+$/)
  .transform((text) => credits(BigInt(text)));
const shares = z.array(z.object({ grantId: z.string(), credits: amount }));

const schema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("granted"), grantId: z.string(), credits: amount }),
  z.object({ kind: z.literal("spent"), credits: amount, from: shares }),
  z.object({ kind: z.literal("expired"), credits: amount, from: shares }),
]);

/** JSON has no int64: credits are kept as decimal strings. */
export const encodeAnswer = (answer: Answer): unknown =>
  JSON.parse(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? String(value) : value)));

/** Throws when what was stored is not an answer. */
export const decodeAnswer = (stored: unknown): Answer => schema.parse(stored);
