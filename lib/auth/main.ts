import { parseArgs } from "node:util";
import nextEnv from "@next/env";
import { PLAN_IDS, type PlanId } from "../catalog/plans";
import { deps } from "../deps";
import { env } from "../env";
import { MOST_GRANTED } from "../ledger/limits";
import { credits } from "../money/credits";
import { createCustomer } from "./create-customer";

// `npm run customer -- --email a@example.com --name "Ada" --plan starter`: the password is read from the environment.
nextEnv.loadEnvConfig(process.cwd());
const { values } = parseArgs({
  options: {
    email: { type: "string" },
    name: { type: "string" },
    plan: { type: "string", default: "free" },
    /** A month, for plans by agreement. */
    credits: { type: "string" },
    operator: { type: "boolean", default: false },
  },
});
const plan = PLAN_IDS.find((each) => each === values.plan) as PlanId | undefined;
const password = process.env.CUSTOMER_PASSWORD;
const isAmount =
  values.credits === undefined ||
  (/^[1-9][0-9]{0,15}$/.test(values.credits) && BigInt(values.credits) <= MOST_GRANTED);
if (!values.email || !plan || !password || !isAmount) {
  console.error(
    `Usage: CUSTOMER_PASSWORD=… npm run customer -- --email <e-mail> [--name <name>] [--plan ${PLAN_IDS.join("|")}] [--credits <a month, up to ${MOST_GRANTED}>] [--operator]`,
  );
  process.exit(1);
}
const { db } = deps();
const created = await createCustomer(db, {
  email: values.email,
  name: values.name ?? values.email,
  plan,
  allowanceCredits: values.credits === undefined ? null : credits(BigInt(values.credits)),
  password,
  isOperator: values.operator,
  productName: env().PRODUCT_NAME,
});
await db.pool.end({ timeout: 5 });
if (!created.ok) {
  console.error(
    {
      email_taken: "There is a user with this e-mail already.",
      not_an_email: "This is not an e-mail address.",
      bad_name: "A name has 1 to 100 characters, all of which can be seen.",
      password_too_short: "The password is too short.",
      password_too_long: "The password is too long.",
      password_is_common: "The password is one of those that are tried first.",
      password_is_personal: "The password is made of the name, the e-mail address or the product's name.",
    }[created.error.code],
  );
  process.exit(1);
}
console.log(`Created ${values.email} on the ${plan} plan.`);
