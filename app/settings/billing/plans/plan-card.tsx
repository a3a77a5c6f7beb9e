import type { ReactNode } from "react";
import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { classNames } from "@/app/_components/class-names";
import { Instant } from "@/app/_components/instant";
import { SubmitButton } from "@/app/_components/submit-button";
import { getCatalog } from "@/lib/catalog/catalog";
import type { Plan } from "@/lib/catalog/plans";
import type { PlanInterval } from "@/lib/catalog/prices";
import { type Cents, type Credits as CreditsAmount, cents } from "@/lib/money/credits";
import { formatCredits } from "@/lib/money/format";
import { creditsForCents } from "@/lib/money/rate";
import { unreachable } from "@/lib/result";
import { downgradePath, PLAN_CANCEL, PLAN_CONTACT, upgradePath } from "../paths";
import { LEAVING } from "../working";
import { subscribeAction } from "./actions";
import type { Verb, Waiting } from "./verb";

/** What a card shows, which for the plan one has is what one has. */
export type CardFacts = {
  readonly plan: Plan;
  readonly interval: PlanInterval;
  /** Of one; null: by agreement, or nobody can tell. */
  readonly priceCents: Cents | null;
  readonly quantity?: number;
  /** Of all. */
  readonly creditsPerCycle: CreditsAmount | null;
  /** The price is what was agreed on, also of a plan that others buy by themselves. */
  readonly isAgreed?: boolean;
};

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly facts: CardFacts;
  readonly verb: Verb;
  /** It is the plan one has, though perhaps at another interval. */
  readonly isMine: boolean;
  readonly mayManage: boolean;
  readonly where: Where;
  /** What stands under the plan one has. */
  readonly children?: ReactNode;
};

export function PlanCard({ facts, verb, isMine, mayManage, where, children }: Props) {
  const { plan } = facts;
  const isCurrent = verb.kind === "current";
  return (
    <li
      className={classNames(
        "flex flex-col rounded-panel border bg-panel p-5",
        isCurrent ? "border-soft-line ring-1 ring-soft-line" : "border-line",
      )}
    >
      <div className="flex min-h-6 flex-wrap items-center justify-between gap-x-2 gap-y-1">
        <h3 className="font-semibold">{plan.name}</h3>
        {isCurrent && <Badge className="border-soft-line bg-soft text-ink">Your plan</Badge>}
        {isMine && !isCurrent && verb.kind !== "coming" && (
          <Badge className="border-soft-line bg-soft text-ink">
            Yours, {facts.interval === "year" ? "monthly" : "yearly"}
          </Badge>
        )}
        {verb.kind === "coming" && (
          <Badge className="border-warn-line bg-warn-soft text-warn">
            From <Instant value={verb.at} variant="day" {...where} />
          </Badge>
        )}
      </div>
      <Price facts={facts} locale={where.locale} />
      <Included facts={facts} locale={where.locale} />
      <div className="mt-auto pt-5">
        {isCurrent ? children : mayManage && <VerbButton verb={verb} plan={plan} isMine={isMine} />}
      </div>
    </li>
  );
}

function Badge({ className, children }: { readonly className: string; readonly children: ReactNode }) {
  return (
    <span
      className={classNames(
        "whitespace-nowrap rounded-full border px-2.5 font-medium text-xs leading-[1.375rem]",
        className,
      )}
    >
      {children}
    </span>
  );
}

function Price({ facts, locale }: Pick<Props, "facts"> & { locale: string }) {
  const { plan, priceCents, interval, quantity = 1, isAgreed = plan.kind !== "self_serve" } = facts;
  return (
    <p className="mt-3 mb-4 min-h-9">
      {priceCents === null ? (
        <span className="font-semibold text-lg leading-9">
          {isAgreed ? "By agreement" : "Price being updated"}
        </span>
      ) : (
        <>
          <Money
            cents={priceCents}
            locale={locale}
            short
            className="font-semibold text-[1.75rem] leading-9"
          />{" "}
          <span className="text-muted text-sm">
            a {interval}
            {quantity > 1 && ` × ${quantity}`}
          </span>
        </>
      )}
    </p>
  );
}

/** What one gets, and what not. */
function Included({ facts, locale }: Pick<Props, "facts"> & { locale: string }) {
  const { plan, creditsPerCycle, interval, priceCents } = facts;
  const rate = formatCredits(creditsForCents(cents(100n), getCatalog().creditsPerCent), locale);
  return (
    <ul className="space-y-2 text-sm leading-5">
      <Point>
        {creditsPerCycle === null ? (
          "As many credits a month as you need"
        ) : (
          <>
            <strong className="font-semibold">
              <Credits value={creditsPerCycle} locale={locale} />
            </strong>{" "}
            credits every month
          </>
        )}
      </Point>
      {plan.mayBuyCredits ? (
        <Point>Add-on credits whenever you need more, {rate} per dollar</Point>
      ) : (
        <Point isMissing>No add-on credits</Point>
      )}
      {priceCents === 0n && <Point>No card needed</Point>}
      {priceCents === null && plan.kind !== "self_serve" && <Point>Price and credits to suit your use</Point>}
      {interval === "year" && <Point>Paid once a year</Point>}
      {interval === "month" && Boolean(priceCents) && <Point>Change or cancel any month</Point>}
    </ul>
  );
}

function Point({
  isMissing = false,
  children,
}: {
  readonly isMissing?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <li className={classNames("flex gap-2", isMissing && "text-muted")}>
      <svg
        aria-hidden="true"
        viewBox="0 0 16 16"
        className={classNames("mt-0.5 size-4 shrink-0", isMissing ? "text-muted" : "text-good")}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d={isMissing ? "M4 8h8" : "m3 8.5 3.2 3.2L13 5"} />
      </svg>
      <span className="min-w-0">{children}</span>
    </li>
  );
}

const WIDE = "w-full";

/** When what a card shows can be chosen, in a plan that does not just run. */
const WAITS: Record<Waiting, string> = {
  trialing: "Available once your trial is over.",
  trial_over: "Available once your plan has started.",
  collection_paused: "Available once payments for your plan resume.",
  not_invoiced: "Available once your plan is set up.",
  unreadable: "Contact us to change your plan.",
  unknown: "Available once your plan is set up.",
};

function whyNotNow(verb: Extract<Verb, { kind: "after_payment" | "planned" | "waits" | "after_keeping" }>) {
  switch (verb.kind) {
    case "after_payment":
      return "Available once the open invoice is paid.";
    case "planned":
      return "Not available while another change is scheduled; see above.";
    case "waits":
      return WAITS[verb.standing];
    case "after_keeping":
      return "To upgrade, keep your current plan first (above).";
    default:
      return unreachable(verb);
  }
}

type VerbProps = { readonly verb: Verb; readonly plan: Plan; readonly isMine: boolean };

function VerbButton({ verb, plan, isMine }: VerbProps) {
  switch (verb.kind) {
    case "subscribe":
      return (
        <ActionForm action={subscribeAction}>
          <input type="hidden" name="plan" value={verb.offer.plan.id} />
          <input type="hidden" name="interval" value={verb.offer.interval} />
          <SubmitButton size="large" className={WIDE} working={LEAVING}>
            Choose {plan.name}
          </SubmitButton>
        </ActionForm>
      );
    case "upgrade":
      return (
        <LinkButton
          href={upgradePath(verb.offer.plan.id, verb.offer.interval)}
          variant="primary"
          size="large"
          className={WIDE}
        >
          {isMine ? "Switch to yearly" : `Upgrade to ${plan.name}`}
        </LinkButton>
      );
    case "downgrade":
      return (
        <LinkButton
          href={downgradePath(verb.offer.plan.id, verb.offer.interval)}
          size="large"
          className={WIDE}
        >
          {isMine ? "Switch to monthly" : `Change to ${plan.name}`}
        </LinkButton>
      );
    case "cancel":
      return (
        <LinkButton href={PLAN_CANCEL} size="large" className={WIDE}>
          Change to {plan.name}
        </LinkButton>
      );
    case "contact":
      return (
        <LinkButton href={PLAN_CONTACT} size="large" className={WIDE}>
          Contact sales
        </LinkButton>
      );
    case "after_payment":
    case "planned":
    case "waits":
    case "after_keeping":
      return <p className="text-muted text-sm">{whyNotNow(verb)}</p>;
    case "current":
    case "coming":
    case "none":
      return null;
    default:
      return unreachable(verb);
  }
}
