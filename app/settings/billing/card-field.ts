import { z } from "zod";
import { isPlainLine } from "@/lib/plain-text";
import { NO_CARD_CHOSEN } from "./sentences";

/** The card that a form names to pay with: nobody is charged with one they did not choose. */
export const cardField = z
  .string({ error: NO_CARD_CHOSEN })
  .min(1, NO_CARD_CHOSEN)
  .max(200, NO_CARD_CHOSEN)
  .refine(isPlainLine, NO_CARD_CHOSEN);
