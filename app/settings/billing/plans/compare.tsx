import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import type { PlanView } from "@/lib/billing/account-view";
import { listOffers, type Offer } from "@/lib/billing/subscriptions/offers";
import { listPlans, type Plan } from "@/lib/catalog/plans";
import type { PlanInterval } from "@/lib/catalog/prices";
import { PLAN_CANCEL, PLANS } from "../paths";
import { type CardFacts, PlanCard } from "./plan-card";
import { isUnknown, type Verb, verbFor } from "./verb";
import { planNow } from "./words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly view: PlanView;
  /** The interval in the address. */
  readonly asked: string | string[] | undefined;
  readonly mayManage: boolean;
  readonly where: Where;
};

/** All plans side by side, each with what can be done about it. */
export function Compare({ view, asked, mayManage, where }: Props) {
  const offers = listOffers();
  const isYearlySold = offers.some(({ interval }) => interval === "year");
  const interval = asked === "year" || asked === "month" ? asked : (view.subscription?.interval ?? "month");
  return (
    <section aria-labelledby="plans-title">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id="plans-title" className="font-semibold">
          Compare plans
        </h2>
        {isYearlySold && <IntervalSwitch interval={interval} />}
      </div>
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {listPlans().map((plan) => {
          const offer = findShown(offers, plan, interval);
          const verb = verbFor(view, plan, offer);
          return (
            <PlanCard
              key={plan.id}
              facts={factsOf(view, plan, verb, offer)}
              verb={verb}
              isMine={!isUnknown(view) && planNow(view).id === plan.id}
              mayManage={mayManage}
              where={where}
            >
              <Current view={view} mayManage={mayManage} where={where} />
            </PlanCard>
          );
        })}
      </ul>
    </section>
  );
}

/** Where a plan is not sold by the year, its month. */
function findShown(offers: readonly Offer[], plan: Plan, interval: PlanInterval): Offer | null {
  const its = offers.filter((each) => each.plan.id === plan.id);
  return its.find((each) => each.interval === interval) ?? its[0] ?? null;
}

/** The plan one has is shown as one has it: prices may have changed since. */
function factsOf(
  { subscription, creditsPerCycle }: PlanView,
  plan: Plan,
  verb: Verb,
  offer: Offer | null,
): CardFacts {
  if (verb.kind !== "current") return offer ?? { ...plan, plan, interval: "month" };
  const mine = { plan, creditsPerCycle: creditsPerCycle ?? plan.creditsPerCycle };
  if (subscription) {
    const { interval, billedAs } = subscription;
    const { quantity, pieceCents, creditsPerCycle: credits } = billedAs ?? subscription;
    return { plan, interval, quantity, priceCents: pieceCents, creditsPerCycle: credits };
  }
  // Without a subscription a paid plan is by agreement.
  return {
    ...mine,
    interval: "month",
    priceCents: plan.kind === "free" ? plan.priceCents : null,
    isAgreed: true,
  };
}

const isEnding = ({ pendingChange, cancelAt }: NonNullable<PlanView["subscription"]>) =>
  pendingChange ? pendingChange.kind === "cancel" : cancelAt !== null;

function endWord({ subscription, standing }: PlanView): string {
  if (!subscription) return "Next cycle";
  if (subscription.pendingChange || standing?.kind === "collection_paused") return "This cycle ends";
  if (subscription.cancelAt || subscription.next || subscription.billedAs) return "Ends";
  return standing?.kind === "trialing" ? "Trial ends" : "Renews";
}

function Current({ view, mayManage, where }: Omit<Props, "asked">) {
  const { subscription, period, openPayment, standing } = view;
  const at = subscription?.cancelAt ?? subscription?.renewsAt ?? period.end;
  const isOver = standing?.kind === "trial_over";
  return (
    <>
      <p className="text-muted text-sm">
        {isOver ? (
          "Paused since its trial ended"
        ) : (
          <>
            {endWord(view)} <Instant value={at} variant="date" {...where} />
          </>
        )}
      </p>
      {subscription && !isOver && !isEnding(subscription) && !openPayment && mayManage && (
        <LinkButton href={PLAN_CANCEL} variant="quiet" className="-mb-1.5 -ml-3.5">
          Cancel plan
        </LinkButton>
      )}
    </>
  );
}

const INTERVALS = [
  { interval: "month", label: "Monthly" },
  { interval: "year", label: "Yearly" },
] as const;

function IntervalSwitch({ interval }: { readonly interval: PlanInterval }) {
  return (
    <nav aria-label="How often to pay" className="rounded-control border border-line bg-panel p-0.5">
      <ul className="flex gap-0.5">
        {INTERVALS.map((each) => (
          <li key={each.interval}>
            <PageLink
              href={`${PLANS}?interval=${each.interval}`}
              aria-current={each.interval === interval ? "true" : undefined}
              className="block rounded-[0.375rem] px-3 py-1 text-muted text-sm hover:text-ink aria-[current]:bg-soft aria-[current]:text-ink data-pending:animate-pulse"
            >
              {each.label}
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
