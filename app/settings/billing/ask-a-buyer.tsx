import { Fragment } from "react";
import { requireCustomer } from "@/lib/auth/session";
import { ownerNames } from "./load-billing";

const OR = new Intl.ListFormat("en", { type: "disjunction" });

/** `Ask Ada Lovelace or Grace Hopper.`: whom somebody asks for what only owners and billing members may do. */
export async function WhomToAsk() {
  const names = await ownerNames((await requireCustomer()).accountId);
  if (names.length === 0) return "Ask one of them.";
  const parts = OR.formatToParts(names);
  return (
    <>
      Ask{" "}
      {parts.map(({ type, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two owners may have one name, and none of them moves
        <Fragment key={index}>{type === "element" ? <bdi>{value}</bdi> : value}</Fragment>
      ))}
      .
    </>
  );
}

/** What a member may not do here, and whom to ask. `what` continues "can". */
export const AskABuyer = ({ what }: { readonly what: string }) => (
  <>
    {`You can look, but only an owner or billing member of your account can ${what}.`} <WhomToAsk />
  </>
);
