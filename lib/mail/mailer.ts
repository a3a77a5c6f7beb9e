import type { MailKind } from "../outbox/kinds";

/** Every kind of message there is: those of the outbox, and the one to whoever sells. Where none can be sent, a warning names it. */
export type MessageKind = MailKind | "contact_request";

export type MailMessage = {
  readonly kind: MessageKind;
  /** The same for every repetition of a message, so that mail programs can tell that they have it. Letters, digits, `-`. */
  readonly key: string;
  readonly to: string;
  readonly replyTo?: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Nobody wrote it: mail programs that answer by themselves do not answer it. */
  readonly isAutomatic?: boolean;
  /** Where one click of a mail program's switches such mails off (RFC 8058). */
  readonly unsubscribeUrl?: string | null;
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
  /** `isFinal`: the server says that it will never take this message, however often it is tried (a 5xx answer). */
  constructor(
    message: string,
    readonly isFinal = false,
  ) {
    super(message);
  }
}
