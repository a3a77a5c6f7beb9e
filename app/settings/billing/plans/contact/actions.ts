"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField, invalid, textField } from "@/lib/action";
import {
  MAX_CONTACT_COMPANY,
  MAX_CONTACT_MESSAGE,
  MAX_CONTACT_NAME,
  MIN_CONTACT_MESSAGE,
} from "@/lib/contact/read-contact";
import { type ContactError, requestContact } from "@/lib/contact/request-contact";
import { toPublicId } from "@/lib/ids";
import { unreachable } from "@/lib/result";
import { PLAN_CONTACT } from "../../paths";

const MESSAGE_LENGTH = `Write between ${MIN_CONTACT_MESSAGE} and ${MAX_CONTACT_MESSAGE} visible characters.`;

export const requestContactAction = customerAction({
  input: z.object({
    requestId: hiddenField(36).pipe(z.uuid()),
    name: textField({ max: MAX_CONTACT_NAME, missing: "Enter your name." }),
    company: textField({ max: MAX_CONTACT_COMPANY, min: 0, missing: "Enter your company, or nothing." }),
    // Its lines end in two characters on the way here; how long it is, is for `requestContact` to say.
    message: z.string({ error: MESSAGE_LENGTH }).max(2 * MAX_CONTACT_MESSAGE, MESSAGE_LENGTH),
  }),
  echo: ["name", "company", "message"],
  run: async ({ input, customer, deps }) => {
    const requested = await requestContact(deps, {
      ...input,
      accountId: customer.accountId,
      userId: customer.userId,
      email: customer.email,
    });
    if (!requested.ok) return contactProblem(requested.error);
    redirect(`${PLAN_CONTACT}?sent=${toPublicId("contact", requested.value.contactId)}`);
  },
});

function contactProblem({ code }: ContactError) {
  switch (code) {
    case "bad_name":
      return invalid({
        name: `Enter a name of at most ${MAX_CONTACT_NAME} visible characters.`,
      });
    case "bad_company":
      return invalid({ company: `Use at most ${MAX_CONTACT_COMPANY} visible characters.` });
    case "bad_message":
      return invalid({ message: MESSAGE_LENGTH });
    case "too_many_requests":
      return failed(
        code,
        "Your account sent five requests in the last 24 hours, and we have them all. This one was not sent. We answer them; you can write again tomorrow.",
      );
    default:
      return unreachable(code);
  }
}
