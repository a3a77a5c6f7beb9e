import { describe, expect, it } from "vitest";
import type { PlanView } from "@/lib/billing/account-view";
import type { Offer } from "@/lib/billing/subscriptions/offers";
import { getPlan, planIdOf } from "@/lib/catalog/plans";
import type { PlanInterval } from "@/lib/catalog/prices";
import { cents, credits } from "@/lib/money/credits";
import { isByAgreement, verbFor } from "./verb";

type Standing = Parameters<typeof verbFor>[0];
type Subscription = NonNullable<PlanView["subscription"]>;

const planOf = (id: string) => getPlan(planIdOf(id));

const RENEWS = new Date("2026-12-04T08:14:00Z");

const offer = (plan: string, interval: PlanInterval = "month"): Offer => ({
  plan: planOf(plan),
  interval,
  priceCents: cents(100n),
  creditsPerCycle: credits(1n),
});

const subscription = (more: Partial<Subscription> = {}): Subscription => ({
  interval: "month",
  quantity: 1,
  pieceCents: cents(299_00n),
  priceCents: cents(299_00n),
  creditsPerCycle: credits(24_000_000n),
  billedAs: null,
  raised: null,
  hasDiscountOrTax: false,
  balanceCents: 0n,
  sendsInvoice: false,
  renewsAt: RENEWS,
  cancelAt: null,
  next: null,
  planned: null,
  isPlannedByOperator: false,
  pendingChange: null,
  ...more,
});

const on = (plan: string, more: Partial<Standing> = {}): Standing => ({
  plan: planOf(plan),
  planStatus: "active",
  subscription: plan === "free" ? null : subscription(),
  standing: null,
  openPayment: null,
  ...more,
});

const verbs = (view: Standing) => ({
  free: verbFor(view, planOf("free"), null).kind,
  starter: verbFor(view, planOf("starter"), offer("starter")).kind,
  premium: verbFor(view, planOf("premium"), offer("premium")).kind,
  custom: verbFor(view, planOf("custom"), null).kind,
});

describe("what can be done about a plan", () => {
  it("is subscribing, from Free and after a plan has ended", () => {
    const expected = { free: "current", starter: "subscribe", premium: "subscribe", custom: "contact" };
    expect(verbs(on("free"))).toEqual(expected);
    expect(verbs(on("starter", { subscription: null, planStatus: "canceled" }))).toEqual(expected);
  });

  it("is going up at once and down at the end, from a plan in between", () => {
    expect(verbs(on("starter"))).toEqual({
      free: "cancel",
      starter: "current",
      premium: "upgrade",
      custom: "contact",
    });
    expect(verbs(on("premium")).starter).toBe("downgrade");
  });

  it("is an upgrade from monthly to yearly, and a downgrade back", () => {
    expect(verbFor(on("starter"), planOf("starter"), offer("starter", "year")).kind).toBe("upgrade");
    const yearly = on("starter", { subscription: subscription({ interval: "year" }) });
    expect(verbFor(yearly, planOf("starter"), offer("starter")).kind).toBe("downgrade");
  });

  it("is no upgrade by card where invoices are sent, and all else as before", () => {
    const sent = on("starter", { subscription: subscription({ sendsInvoice: true }) });
    expect(verbs(sent)).toEqual({
      free: "cancel",
      starter: "current",
      premium: "contact",
      custom: "contact",
    });
    expect(verbs(on("premium", { subscription: subscription({ sendsInvoice: true }) })).starter).toBe(
      "downgrade",
    );
    expect(verbs({ ...sent, planStatus: "past_due" }).premium).toBe("after_payment");
  });

  it("is nothing for what comes by itself, which says from when", () => {
    const next = { ...offer("starter"), quantity: 1 };
    const changing = on("premium", { subscription: subscription({ next }) });
    expect(verbFor(changing, planOf("starter"), offer("starter"))).toEqual({ kind: "coming", at: RENEWS });
    const canceling = on("premium", { subscription: subscription({ cancelAt: RENEWS }) });
    expect(verbFor(canceling, planOf("free"), null)).toEqual({ kind: "coming", at: RENEWS });
    expect(verbs(canceling).starter).toBe("downgrade");
  });

  it("is no upgrade before what was chosen for the end of the cycle is undone", () => {
    const canceling = on("starter", { subscription: subscription({ cancelAt: RENEWS }) });
    expect(verbs(canceling)).toMatchObject({ free: "coming", starter: "current", premium: "after_keeping" });
  });

  it("offers no upgrade while a renewal is not paid, and nothing at all while a payment is under way", () => {
    expect(verbs(on("starter", { planStatus: "past_due" }))).toMatchObject({
      free: "cancel",
      premium: "after_payment",
    });
    const openPayment = {
      id: "pay_1",
      kind: "upgrade",
      status: "processing",
      toPlan: planOf("premium"),
      amountCents: cents(49_900n),
      card: { brand: "visa", last4: "4242" },
    } as const;
    expect(verbs(on("starter", { openPayment }))).toMatchObject({ free: "none", premium: "none" });
  });

  it("is anything else for the end of the cycle while a choice waits for the payment provider's word", () => {
    const waiting = (plan: string, pendingChange: Subscription["pendingChange"]) =>
      verbs(on(plan, { subscription: subscription({ pendingChange, cancelAt: RENEWS }) }));
    expect(waiting("premium", { kind: "cancel" })).toMatchObject({ free: "none", starter: "downgrade" });
    expect(waiting("premium", { kind: "keep" })).toMatchObject({ free: "cancel", starter: "downgrade" });
    const change = { kind: "change", plan: planOf("starter"), interval: "month" } as const;
    expect(waiting("premium", change)).toMatchObject({ free: "cancel", starter: "none" });
    expect(waiting("starter", { kind: "cancel" }).premium).toBe("after_keeping");
    expect(waiting("starter", { kind: "keep" }).premium).toBe("none");
  });

  it("waits while the plan does not just run: no upgrade, no second subscription, and never Free", () => {
    const waiting = (standing: PlanView["standing"]) => verbs(on("starter", { standing }));
    const all = { starter: "current", premium: "waits", custom: "contact" };
    expect(waiting({ kind: "trialing", until: RENEWS })).toEqual({ free: "cancel", ...all });
    expect(waiting({ kind: "collection_paused", resumesAt: null })).toEqual({ free: "cancel", ...all });
    expect(waiting({ kind: "not_invoiced", since: RENEWS })).toEqual({ free: "cancel", ...all });
    expect(waiting({ kind: "unreadable" })).toEqual({ free: "cancel", ...all });
    expect(waiting({ kind: "trial_over" })).toEqual({ free: "none", ...all });
    const unpaid = on("starter", { standing: { kind: "unpaid" }, planStatus: "past_due" });
    expect(verbs(unpaid)).toMatchObject({ free: "cancel", premium: "after_payment" });
    for (const plan of ["free", "starter", "custom"]) {
      const unknown = on(plan, {
        subscription: null,
        standing: { kind: "unknown" },
        planStatus: "pending",
      });
      expect(verbs(unknown)).toEqual({ free: "none", starter: "none", premium: "none", custom: "contact" });
      expect(isByAgreement(unknown)).toBe(false);
    }
  });

  it("is what the running period was billed as, while the plan that an operator chose comes at its end", () => {
    const billedAs = {
      plan: planOf("premium"),
      quantity: 1,
      pieceCents: cents(499_00n),
      creditsPerCycle: credits(40_000_000n),
    };
    const lowered = on("starter", { subscription: subscription({ billedAs }) });
    expect(verbs(lowered)).toMatchObject({ free: "cancel", starter: "coming", premium: "current" });
  });

  it("is ours alone where the plan is by agreement", () => {
    const agreed = on("custom", { subscription: null });
    expect(isByAgreement(agreed)).toBe(true);
    expect(verbs(agreed)).toEqual({ free: "none", starter: "none", premium: "none", custom: "current" });
    expect(isByAgreement(on("free"))).toBe(false);
  });
});
