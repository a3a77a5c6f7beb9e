import type { Customer } from "@/lib/auth/session";
import { zoneName, zonePlace } from "@/lib/wording/instants";
import { ABOUT_YOU } from "./profile/paths";

/** Names the time zone of all times of a page, once, and leads to where it is chosen. A document has its seller's, and says so. */
export function ZoneLine({ customer, now }: { readonly customer: Customer; readonly now: Date }) {
  const { timeZone, zoneFrom } = customer;
  const short = zoneName(customer, now);
  const place = zonePlace(timeZone);
  return (
    <p className="zone-line" data-zone={timeZone}>
      Times and days are in <span>{place === short ? place : `${place} (${short})`}</span>
      {WHY[zoneFrom]}{" "}
      <a href={ABOUT_YOU}>{zoneFrom === "nobody" ? "Choose your time zone" : "Change time zone"}</a>
    </p>
  );
}

const WHY: Readonly<Record<Customer["zoneFrom"], string>> = {
  person: ".",
  browser: ", as in your browser.",
  nobody: ", as we do not know your time zone.",
};
