import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  decimal,
  integer,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { emit, emitChange } from "./events";

type Coupon = Stripe.Coupon;

const createShape = {
  amount_off: integer,
  currency: word,
  duration: needed(oneOf("forever", "once", "repeating")),
  duration_in_months: integer,
  id: word,
  max_redemptions: integer,
  metadata,
  name: word,
  percent_off: decimal,
  redeem_by: integer,
};

export const couponRoutes: Route[] = [
  route("POST", "/v1/coupons", createShape, create),
  route("GET", "/v1/coupons", { ...pageShape, created }, (work, params) => {
    const rows = work.store.list("coupon").filter((coupon) => within(coupon.created, params.created));
    return pageOf(rows, params, "/v1/coupons", "coupon");
  }),
  route("GET", "/v1/coupons/:id", {}, (work, _params, id) => getCoupon(work, id)),
  route("POST", "/v1/coupons/:id", { metadata, name: text }, (work, params, id) => {
    const before = getCoupon(work, id);
    const after = work.store.update("coupon", id, {
      metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
      name: params.name === undefined ? before.name : params.name,
    });
    emitChange(work, "coupon.updated", before, after);
    return after;
  }),
  // Who has redeemed it keeps the discount (documentation, "Delete a coupon").
  route("DELETE", "/v1/coupons/:id", {}, (work, _params, id) => {
    const coupon = getCoupon(work, id);
    work.store.delete("coupon", id);
    emit(work, "coupon.deleted", coupon);
    return { id, object: "coupon", deleted: true };
  }),
];

export function getCoupon(work: Work, id: string, param = "id"): Coupon {
  const coupon = work.store.get("coupon", id);
  if (!coupon) throw missing("coupon", id, param);
  return coupon;
}

function create(work: Work, params: Values<typeof createShape>): Coupon {
  const { amount_off = null, currency = null, duration, percent_off = null } = params;
  const { id = newId("", 8).replace("_", ""), metadata: given, name = null } = params;
  assertWorth({ amount_off, percent_off, currency });
  assertLength(params);
  if (work.store.get("coupon", id))
    throw refused("Coupon already exists.", { code: "resource_already_exists", param: "id" });
  const coupon = work.store.put("coupon", {
    id,
    object: "coupon",
    amount_off,
    created: work.now,
    currency,
    duration,
    duration_in_months: params.duration_in_months ?? null,
    livemode: false,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, given),
    name,
    percent_off,
    redeem_by: params.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  });
  emit(work, "coupon.created", coupon);
  return coupon;
}

function assertWorth({
  amount_off,
  percent_off,
  currency,
}: Pick<Coupon, "amount_off" | "percent_off" | "currency">): void {
  if ((amount_off === null) === (percent_off === null))
    throw invalidParameter("You must pass exactly one of `amount_off` and `percent_off`.", "percent_off");
  if (amount_off !== null && currency === null)
    throw invalidParameter("You must pass `currency` when passing `amount_off`.", "currency");
  const isPercent = percent_off === null || (percent_off > 0 && percent_off <= 100);
  if (isPercent && (amount_off === null || amount_off > 0)) return;
  throw invalidParameter(
    "Invalid worth: a percentage is above 0 and at most 100, an amount above 0.",
    "percent_off",
  );
}

function assertLength(params: Values<typeof createShape>): void {
  if ((params.duration === "repeating") === (params.duration_in_months !== undefined)) return;
  throw invalidParameter(
    "`duration_in_months` is needed when `duration` is `repeating`, and allowed then only.",
    "duration_in_months",
  );
}
