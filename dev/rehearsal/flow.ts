import type { Page } from "@playwright/test";
import type Stripe from "stripe";

/** What a flow is about; the list of flows is in this order. */
export const FLOW_GROUPS = [
  "buying",
  "cards",
  "subscribing",
  "renewing",
  "changing",
  "failing",
  "refunding",
  "disputing",
  "dashboard",
] as const;
export type FlowGroup = (typeof FLOW_GROUPS)[number];

/** One way a sale can go, from a new customer's first click to what the product says at the end. */
export type Flow = {
  /** Lower case with dashes, unique; its transcript has this name. */
  readonly name: string;
  readonly group: FlowGroup;
  /** One sentence: what must be true, and why that is worth asking the real Stripe. */
  readonly purpose: string;
  /**
   * The customer that the application makes lives on a test clock, and so do its subscriptions and invoices: `scene.clock`
   * moves Stripe's time and the application's. Payments and refunds stay in real time, at Stripe's.
   */
  readonly onClock?: boolean;
  /** Ids of the open questions of dev/stripe/README.md that it gives answers to, by `scene.note`. */
  readonly answers?: readonly string[];
  /** Fails by throwing; `scene.expect…` throws. */
  run(scene: Scene): Promise<void>;
};

/**
 * What a flow is given. Each flow has a database and a running application of its own, with one customer, who is on the
 * catalog's free plan, has no card, and is unknown to Stripe until the application makes the customer there.
 */
export type Scene = {
  readonly person: Person;
  /** Stripe's pages, as a buyer goes through them; the page must be there already, led by the product. */
  readonly hosted: HostedPages;
  /** Stripe's API as the dashboard would use it; its requests are told from the application's in the transcript. */
  readonly operator: Stripe;
  readonly clock: SceneClock;
  readonly events: SceneEvents;
  /** Stripe's id of the person's customer. Throws before the application made it. */
  customerId(): Promise<string>;
  /**
   * One thing that happens: does it, waits until everything has come to rest (`events.settled`), and writes the product's
   * state down. Transcripts are compared step by step, so a step should hold what Stripe is free to do in any order.
   */
  step(name: string, work: () => Promise<void>): Promise<ProductState>;
  /** What the product says now, by its own read functions. */
  state(): Promise<ProductState>;
  /**
   * The product's state has all of this, or has it within a minute: objects by the fields that are named, lists whole.
   * Throws with both otherwise.
   */
  expectState(wanted: Wanted<ProductState>): Promise<void>;
  /** What was seen is what was wanted, as in `isDeepStrictEqual`; `what` names it when it is not. */
  expect(what: string, seen: unknown, wanted: unknown): void;
  /** The answer, in a few words, to an open question by its id. Answers to be compared hold no ids and no times. */
  note(question: string, answer: string): void;
};

/** The customer: a person signed in to the product in a browser of their own, owner of their account. */
export type Person = {
  readonly page: Page;
  readonly email: string;
  readonly userId: string;
  readonly accountId: string;
  /** The product's backend spends so many credits of theirs. */
  spend(credits: bigint): Promise<void>;
};

export type SceneClock = {
  /** The application's time. On a test clock it begins with Stripe's and never falls behind it. */
  now(): Promise<Date>;
  /**
   * Moves Stripe's test clock, waits until Stripe is done with everything on the way, and moves the application along. At most
   * two periods of the shortest subscription at a time. Throws in a flow that is not `onClock`, or backwards.
   */
  advance(by: { readonly days?: number; readonly hours?: number } | { readonly to: Date }): Promise<void>;
};

export type SceneEvents = {
  /** Resolves when no event waits to be delivered and no job, order, refund or plan is unsettled. Throws after two minutes. */
  settled(): Promise<void>;
  /** Events of these types (all, where none is named) are not delivered until `release`, which delivers the newest first. */
  holdBack(...types: string[]): void;
  release(): Promise<void>;
  /** The next event of the type is delivered twice. */
  double(type: string): void;
  /** The next event of the type is never delivered. */
  lose(type: string): void;
  /** Types of the flow's events so far, in the order Stripe lists them, oldest first. */
  types(): readonly string[];
  /** The newest event of the type there is, waiting up to a minute for one. */
  find(type: string): Promise<Stripe.Event>;
};

/** A test card of Stripe's, by its number without spaces. */
export type TestCard = string;

/**
 * What a page of Stripe's did with a card: took it (saved or paid, and has led on), said that it was declined and stayed, or
 * asks the bank, which `hosted.bank` answers.
 */
export type CardOutcome = "taken" | "declined" | "bank";

/**
 * Stripe's pages by what a buyer does there. Two drivers: Stripe's real pages and the simulator's. Each waits until the page has
 * taken the step.
 */
export type HostedPages = {
  readonly checkoutSetup: {
    saveCard(page: Page, card: TestCard): Promise<CardOutcome>;
    /** The link back to the shop. */
    leave(page: Page): Promise<void>;
  };
  readonly checkoutSubscription: {
    pay(page: Page, card: TestCard): Promise<CardOutcome>;
    leave(page: Page): Promise<void>;
  };
  readonly portal: {
    addCard(page: Page, card: TestCard): Promise<CardOutcome>;
    leave(page: Page): Promise<void>;
  };
  readonly invoice: {
    pay(page: Page, card: TestCard): Promise<CardOutcome>;
  };
  readonly bank: {
    /** The bank's page of 3D Secure, whether it fills the window or is a frame in it. */
    answer(page: Page, answer: "approve" | "fail"): Promise<void>;
  };
};

/** What the product says of the one account, and of what waits for an operator. Credits and cents; nothing with a time or an id. */
export type ProductState = {
  readonly plan: {
    readonly id: string;
    readonly status: string;
    /** What keeps the subscription from just running; null: nothing does. */
    readonly standing: string | null;
    /** From Stripe's side, null without one. */
    readonly subscription: {
      readonly interval: string;
      readonly quantity: number;
      readonly priceCents: bigint | null;
      readonly endsAtPeriodEnd: boolean;
      readonly next: { readonly plan: string; readonly interval: string } | null;
      readonly pendingChange: string | null;
    } | null;
    /** The plan's credits a month; null where it gives none. */
    readonly creditsPerCycle: bigint | null;
    /** What the newest invoice that is not paid still asks for; null where all are paid. */
    readonly openInvoiceCents: bigint | null;
    /** Whether a plan was chosen whose first payment is missing. */
    readonly unfinished: boolean;
    readonly openPayment: { readonly kind: string; readonly status: string } | null;
  };
  readonly balance: {
    readonly remaining: bigint;
    readonly total: bigint;
    readonly used: bigint;
    readonly paidBack: bigint;
    readonly held: bigint;
    readonly frozen: bigint;
    readonly expired: bigint;
    readonly owed: bigint;
  };
  /** Oldest first. */
  readonly orders: readonly {
    readonly status: string;
    readonly amountCents: bigint;
    readonly credits: bigint;
  }[];
  /** As `visa 4242`, the default one first. */
  readonly cards: readonly string[];
  /** Why add-on credits cannot be bought; null where they can. */
  readonly mayNotBuy: string | null;
  /** Reasons of open attention items, sorted. */
  readonly attention: readonly string[];
};

/** Objects by some of their fields, everything else whole. */
export type Wanted<T> = T extends readonly unknown[] | null
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Wanted<T[K]> }
    : T;
