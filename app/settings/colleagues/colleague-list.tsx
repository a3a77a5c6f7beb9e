import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import type { Customer } from "@/lib/auth/session";
import type { ColleagueView } from "@/lib/colleagues/queries";
import { toPublicId } from "@/lib/ids";
import { Badge } from "../billing/badge";
import { colleaguePath, ROLE_NAMES } from "./words";

type Props = { readonly colleagues: readonly ColleagueView[]; readonly customer: Customer };

/** The people of the account, with a way to change each for its owners. */
export function ColleagueList({ colleagues, customer }: Props) {
  const { locale, timeZone } = customer;
  return (
    <ul>
      {colleagues.map((each) => (
        <li
          key={each.userId}
          className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-line border-t py-3.5 first:border-t-0 first:pt-0 last:pb-0"
        >
          <div className="min-w-0">
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <bdi className="min-w-0 break-words font-semibold">{each.name}</bdi>
              <Badge tone={each.role === "owner" ? "soft" : "sunken"}>{ROLE_NAMES[each.role]}</Badge>
              {each.userId === customer.userId && <Badge tone="good">You</Badge>}
              {each.isDisabled && <Badge tone="warn">Disabled</Badge>}
            </p>
            <p className="break-words text-muted text-sm">
              <bdi>{each.email}</bdi>
            </p>
            <p className="text-muted text-sm">
              Since <Instant value={each.since} locale={locale} timeZone={timeZone} variant="day" />
            </p>
          </div>
          {customer.role === "owner" && (
            <LinkButton href={colleaguePath(toPublicId("user", each.userId))}>
              <span>
                Change
                <span className="sr-only"> {each.name}</span>
              </span>
            </LinkButton>
          )}
        </li>
      ))}
    </ul>
  );
}
