import { tellWhenCommitted } from "../../db/transact";

/** What happened to money, as logs and metrics tell it: ids of ours, and words of closed sets but for `code`, which is Stripe's. */
export type MoneyEvent =
  /** An order reached a state of its life. */
  | {
      readonly kind: "order";
      readonly accountId: string;
      readonly orderId: string;
      readonly outcome: string;
      readonly attempt: number | null;
    }
  /** A try to charge a card for an order ended. */
  | {
      readonly kind: "attempt";
      readonly accountId: string;
      readonly orderId: string;
      readonly attempt: number;
      readonly outcome: string;
      readonly code: string | null;
    }
  /** What Stripe says of an order's payment does not match it: nothing was granted. */
  | {
      readonly kind: "order_parked";
      readonly accountId: string;
      readonly orderId: string;
      readonly outcome: string;
    }
  /** A payment for a plan reached a state. */
  | {
      readonly kind: "plan_payment";
      readonly accountId: string;
      readonly paymentId: string;
      readonly payment: string;
      readonly outcome: string;
      readonly code: string | null;
    };

/** An event of Stripe's was handled, so long after it was received. */
export type EventHandled = {
  readonly kind: "event_handled";
  readonly eventId: string;
  readonly type: string;
  readonly ageSeconds: number;
};

export type Told = MoneyEvent | EventHandled;

/** Tells of something once the transaction it happened in has committed. `on` is that transaction. */
export const tell = (on: object, told: Told): void => tellWhenCommitted(on, told);
