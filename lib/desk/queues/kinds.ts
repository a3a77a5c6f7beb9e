/** What waits for an operator, of one kind, in sentences for the operator. */
type Queue = {
  readonly title: string;
  /** What is in it. */
  readonly about: string;
  /** What an operator does about it. */
  readonly toDo: string;
};

/** All queues, those first that cost somebody money. */
export const QUEUES = {
  orders: {
    title: "Parked orders",
    about: "What Stripe says of the payment does not match the order, so nothing was given for it.",
    toDo: "Compare the order with its payment at Stripe. Settle it, or refund the payment and close it.",
  },
  payments: {
    title: "Stuck payments",
    about:
      "Payments and refunds whose outcome nobody has heard for a quarter of an hour, and banks that were waited for longer than a day. They are asked for every minute.",
    toDo: "Read the order or the account again from Stripe. Where Stripe does not answer, wait for it.",
  },
  disputes: {
    title: "Disputes to answer",
    about:
      "A payer's bank wants the money back, or asks what the payment was for. The credits are frozen meanwhile, but for questions.",
    toDo: "Send evidence in Stripe's dashboard before the day it is due, or accept the dispute there.",
  },
  approvals: {
    title: "Waiting for approval",
    about: "What an operator wants to do and a second one has to agree to. After a day nobody can any more.",
    toDo: "Look at what it would change, and approve or refuse it. Who asked cannot approve.",
  },
  drift: {
    title: "Reconciliation",
    about: "Comparisons of the books with their entries, and of days with Stripe, that found a difference.",
    toDo: "Look at each line on the page Reconciliation; it says what to do about it.",
  },
  attention: {
    title: "Needs attention",
    about: "What Stripe says and nobody understands, what contradicts itself, and what is nobody's.",
    toDo: "Each item says what to do. It goes by itself once it is right; acknowledge it if it may stay.",
  },
  events: {
    title: "Parked events",
    about: "Events of Stripe's that could not be handled in 20 tries over three days, or read at all.",
    toDo: "Look at why it was parked, mend that, and replay the event.",
  },
  jobs: {
    title: "Failed jobs",
    about:
      "Jobs that were given up after their last try, and kinds of job that failed three times or more in a row.",
    toDo: "Read why in the log, which names the job. What the schedule runs is tried again by itself.",
  },
  mails: {
    title: "Mails not sent",
    about: "Mails that the mail server refused, or that could not be sent in all their tries.",
    toDo: "See to the mail server or the address; then send one again here, or all with npm run mail -- --retry --as <your e-mail> --reason <why>.",
  },
} as const satisfies Readonly<Record<string, Queue>>;

export type QueueName = keyof typeof QUEUES;
export const QUEUE_NAMES = Object.keys(QUEUES) as readonly QueueName[];

/** The name as somebody gave it, or null where there is no such queue. */
export const queueNamed = (text: string): QueueName | null =>
  QUEUE_NAMES.find((each) => each === text) ?? null;
