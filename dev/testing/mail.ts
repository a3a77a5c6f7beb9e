import { createSign } from "../../lib/mail/sign";
import { createMailer } from "../../lib/mail/smtp";

/** For workers whose mail does not matter: there is no mail server. */
export const noMail = {
  mailer: createMailer({
    smtpUrl: null,
    from: { name: "Assistant", address: "support@example.com" },
    log: { warn: () => {} },
  }),
  salesEmail: "sales@example.com",
  letterhead: {
    ...{ productName: "Assistant", supportEmail: "support@example.com" },
    ...{ hasInvoices: true, pausesBuyingInDispute: true },
  },
  sign: createSign("a secret of tests that is long enough"),
};
