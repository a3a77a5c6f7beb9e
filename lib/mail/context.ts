/** What templates know beside the facts. */
export type MailContext = {
  /** The reader's: how numbers and dates are written, and by which clock. */
  readonly locale: string;
  readonly timeZone: string;
  /** When it is being sent. */
  readonly now: Date;
  readonly productName: string;
  readonly supportEmail: string;
  /** A signature of ours over a text, for one purpose: for links that open without a session. Never stored. */
  readonly sign: Sign;
};

export type Sign = (purpose: string, text: string) => string;
