import { z } from "zod";
import { isPlainLine, isVisible } from "../plain-text";

/** What one grant may give at most (`MAX_GRANTED`). */
export const MAX_ALLOWANCE = 1_000_000_000_000_000;
const MAX_NUMBER = 32_767;

const whole = z.int({ error: "must be a whole number" });
/** What Stripe charges in one payment, in US cents. */
const amountCents = whole
  .min(50, "must be at least 50: Stripe charges no less than 50 cents")
  .max(99_999_999, "must be at most 99999999: Stripe charges no more cents");
const amount = whole
  .min(1, "must be at least 1")
  .max(MAX_ALLOWANCE, `must be at most ${MAX_ALLOWANCE}, which is the most one grant may give`);
const id = z
  .string({ error: "must be text" })
  .regex(
    /^[a-z][a-z0-9_]{0,39}$/,
    "must be a plain lower-case word: a letter, then up to 39 letters, digits and _",
  );
/** What this process calls a category by whose number it knows none. */
const categoryId = id.refine(
  (value) => !/^category_[0-9]+$/.test(value),
  "must not be category_ and a number, which is what an unknown one is called",
);
const label = z
  .string({ error: "must be text" })
  .refine(
    (value) => value === value.trim() && value.length <= 40 && isPlainLine(value) && isVisible(value),
    "must be one line of 1 to 40 characters",
  );
const flag = z.boolean({ error: "must be true or false" }).default(false);

const paid = {
  id,
  name: label,
  retired: flag,
  may_buy_credits: z.boolean({ error: "must be true or false" }).default(true),
};
const plan = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ id, name: label, kind: z.literal("free"), credits_per_cycle: amount }),
    z.strictObject({
      ...paid,
      kind: z.literal("self_serve"),
      prices_cents: z.strictObject({ month: amountCents, year: amountCents.optional() }),
      credits_per_cycle: amount,
    }),
    z.strictObject({ ...paid, kind: z.literal("agreement") }),
  ],
  { error: 'must be "free", "self_serve" or "agreement"' },
);

/** The file as it is written: amounts in US cents and credits, ids in plain lower-case words. */
export const catalogFile = z.strictObject({
  credits_per_dollar: amount.multipleOf(
    100,
    "must be a multiple of 100: a cent buys a whole number of credits",
  ),
  plans: z.array(plan, { error: "must be a list" }),
  trial_allowance: z.enum(["share", "none"], { error: 'must be "share" or "none"' }).default("share"),
  bundles: z
    .array(z.strictObject({ id, price_cents: amountCents, credits: amount }), { error: "must be a list" })
    .min(1, "must have a bundle"),
  purchase_cents: z.strictObject({ min: amountCents, max: amountCents }),
  categories: z
    .array(
      z.strictObject({
        number: whole
          .min(1, "must be at least 1")
          .max(MAX_NUMBER, `must be at most ${MAX_NUMBER}: entries keep it in two bytes`),
        id: categoryId,
        label,
        retired: flag,
      }),
      { error: "must be a list" },
    )
    .min(1, "must have a category"),
});
export type CatalogFile = Readonly<z.infer<typeof catalogFile>>;
