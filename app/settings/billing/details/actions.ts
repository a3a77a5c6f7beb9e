"use server";

import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, invalid, textField } from "@/lib/action";
import { COUNTRIES } from "@/lib/billing/details/countries";
import { saveBillingDetails } from "@/lib/billing/details/save";
import { isTaxIdType } from "@/lib/billing/details/tax-id-types";
import { DETAILS } from "../paths";
import { BUYERS } from "../roles";
import { REFUSED_TAX_ID } from "./sentences";

const line = (max: number) => textField({ max, min: 0, missing: "" }).transform((text) => text || null);

export const saveBillingDetailsAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input: z.object({
    name: textField({ max: 150, missing: "Enter the name for your invoices." }),
    line1: line(100),
    line2: line(100),
    postalCode: line(20),
    city: line(100),
    state: line(100),
    country: z.string().refine((code) => COUNTRIES.includes(code), "Choose a country."),
    taxIdType: z
      .string()
      .refine((type) => type === "" || isTaxIdType(type), "Choose a kind of tax ID from the list."),
    taxId: line(50),
  }),
  echo: ["name", "line1", "line2", "postalCode", "city", "state", "country", "taxIdType", "taxId"],
  run: async ({ input, customer, deps }) => {
    const { taxIdType, taxId, ...details } = input;
    if (taxId && !taxIdType)
      return invalid({ taxIdType: "Choose what kind of tax ID it is." }, "Choose what kind of tax ID it is.");
    if (taxIdType && !taxId)
      return invalid({ taxId: "Enter the tax ID, or choose “None”." }, "Enter the tax ID, or choose “None”.");
    const told = await saveBillingDetails(deps, {
      accountId: customer.accountId,
      userId: customer.userId,
      details: { ...details, taxId: taxId ? { type: taxIdType, value: taxId } : null },
    });
    revalidatePath("/settings/billing", "layout");
    if (told === "refused_tax_id") return invalid({ taxId: REFUSED_TAX_ID }, REFUSED_TAX_ID);
    redirect(`${DETAILS}?saved=${told === "told" ? "yes" : "later"}`);
  },
});
