/** What templates know beside the facts. */
export type Letterhead = {
  /** Who it comes from, in words, and where questions go. */
  readonly productName: string;
  readonly supportEmail: string;
  /** Whether orders get invoices of our own here. */
  readonly hasInvoices: boolean;
  /** Whether an account buys nothing while a payment of it is disputed. */
  readonly pausesBuyingInDispute: boolean;
};

export type MailContext = Letterhead & {
  /** The reader's: how numbers and dates are written, and by which clock. */
  readonly locale: string;
  readonly timeZone: string;
  /** When it is being sent. */
  readonly now: Date;
  /** A signature of ours over a text, for one purpose: for links that open without a session. Never stored. */
  readonly sign: Sign;
};

export type Sign = (purpose: string, text: string) => string;
