/** Every kind of message there is; where none can be sent, a warning names it. */
export type MailKind = "contact_request";

export type MailMessage = {
  readonly kind: MailKind;
  /** The same for every repetition of a message, so that mail programs can tell that they have it. Letters, digits, `-`. */
  readonly key: string;
  readonly to: string;
  readonly replyTo?: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

export type Mailer = {
  /**
   * Hands a message over to the mail server. `not_configured`: there is none, and nothing was sent. Throws
   * `MailNotSent` when nobody knows that the server took it: sending it again may deliver it twice.
   */
  send(message: MailMessage): Promise<"sent" | "not_configured">;
};

/** The message does not say why in the server's words: those hold addresses, and errors are logged. */
export class MailNotSent extends Error {
  override name = "MailNotSent";
}
