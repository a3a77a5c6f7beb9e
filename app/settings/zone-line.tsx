import type { Customer } from "@/lib/auth/session";
import { zoneName, zonePlace } from "@/lib/wording/instants";
import { ABOUT_YOU } from "./profile/paths";

/** Names the time zone of all times of a page, once, and leads to where it is chosen. A document has its seller's, and says so. */
export function ZoneLine({ customer, now }: { readonly customer: Customer; readonly now: Date }) {
  const { timeZone, zoneFrom } = customer;
  const short = zoneName(customer, now);
  const place = zonePlace(timeZone);
  return (
    <p className="mt-8 text-muted text-sm group-has-[[data-own-zone]]/main:hidden" data-zone={timeZone}>
      Times and days are in{" "}
      <span className="text-ink">{place === short ? place : `${place} (${short})`}</span>
      {WHY[zoneFrom]}{" "}
      <a href={ABOUT_YOU} className="whitespace-nowrap underline">
        {zoneFrom === "nobody" ? "Choose your time zone" : "Change time zone"}
      </a>
    </p>
  );
}

const WHY: Readonly<Record<Customer["zoneFrom"], string>> = {
  person: ".",
  browser: ", as in your browser.",
  nobody: ", as we do not know your time zone.",
};
