import type { ReactNode } from "react";
import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { classNames } from "@/app/_components/class-names";
import { PageLink } from "@/app/_components/page-link";
import { SubmitButton } from "@/app/_components/submit-button";
import { unreachable } from "@/lib/result";
import { continueToBankAction as continueOrder } from "../buy-credit/[orderId]/actions";
import type { Billing } from "../load-billing";
import { PLAN_CONTACT, PLANS } from "../paths";
import { continueToBankAction as continuePayment } from "../plans/payments/[paymentId]/actions";
import { Changed, Raised, Voided } from "../plans/plan-news";
import { KeepPlan, WhatComes } from "../plans/standing";
import { STANDING_TONES, StandingOffers, StandingSentence } from "../plans/standing-notice";
import { offersOf } from "../plans/standing-offers";
import { ASKING } from "../working";
import { canAct, type Row, type RowKind, stripOf } from "./rows";
import type { Reader, Told } from "./told";
import { type PlansRow, TONES, type ToldRow, tell } from "./words";

type Props = Pick<Billing, "account" | "balance" | "mayManage" | "where" | "owners"> & {
  /** What this page is concerned with; left out, everything. */
  readonly only?: readonly RowKind[];
  /** The address of this page, to which no step needs to lead. */
  readonly here?: string;
};

/** What keeps credits from being spent or bought: for pages about something else. */
export const BLOCKING: readonly RowKind[] = ["past_due", "unfinished", "frozen", "coming", "owed"];
/** For where somebody is about to pay. */
export const UNDER_WAY: readonly RowKind[] = ["confirming", "bank"];
/** What the Plans page has no part of its own for. */
export const BESIDE_PLANS: readonly RowKind[] = [...UNDER_WAY, "card"];

/** The most important thing to say of an account, with the one button that follows from it; the others in a line each. */
export function Strip({ only, here, ...reader }: Props) {
  const strip = stripOf(reader, only);
  if (!strip) return null;
  const { first, others } = strip;
  const tone = toneOf(first);
  return (
    <section
      aria-labelledby="strip-title"
      className={classNames("rounded-panel border", LOOKS[tone].box)}
      data-strip={first.kind}
    >
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3 p-4 sm:px-5">
        <div className="min-w-0 flex-[1_1_20rem]">
          <First row={first} reader={reader} className={LOOKS[tone].title} />
        </div>
        <Step row={first} reader={reader} here={here} />
      </div>
      {others.length > 0 && (
        <ul className="divide-y divide-line border-line border-t px-4 sm:px-5">
          {others.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: drawn anew as a whole
            <Other key={index} row={row} reader={reader} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** The same sentences without a step, for who only reads them; null where there is nothing to say. */
export function StripSentences(reader: Reader) {
  const strip = stripOf(reader);
  if (!strip) return null;
  return (
    <ul className="space-y-2">
      {[strip.first, ...strip.others].map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: drawn anew as a whole
        <li key={index} className="max-w-prose">
          {isOfPlans(row) ? (
            <PlansSentence row={row} reader={reader} />
          ) : (
            [tell(row, reader).title, tell(row, reader).text].filter(Boolean).join(". ")
          )}
        </li>
      ))}
    </ul>
  );
}

const LOOKS = {
  danger: { box: "border-danger-line bg-danger-soft", title: "text-danger" },
  warning: { box: "border-warn-line bg-warn-soft", title: "text-warn" },
  info: { box: "border-line bg-soft", title: "text-ink" },
};

function toneOf(row: Row): keyof typeof LOOKS {
  if (row.kind !== "standing") return TONES[row.kind];
  const tone = STANDING_TONES[row.standing.kind];
  return tone === "success" ? "info" : tone;
}

type RowProps = { readonly row: Row; readonly reader: Reader };

function isOfPlans(row: Row): row is PlansRow {
  return ["standing", "change", "voided", "raised", "changed"].includes(row.kind);
}

function First({ row, reader, className }: RowProps & { readonly className: string }) {
  if (isOfPlans(row)) {
    return (
      <h2 id="strip-title" className="max-w-prose font-normal">
        <PlansSentence row={row} reader={reader} />
      </h2>
    );
  }
  const { title, text } = tell(row, reader);
  return (
    <>
      <h2 id="strip-title" className={classNames("font-semibold", className)}>
        {title}
      </h2>
      {text && <p className="mt-1 max-w-prose text-pretty text-sm">{text}</p>}
    </>
  );
}

function Other({ row, reader }: RowProps) {
  const step = isOfPlans(row) ? plansStep(row, reader) : tell(row, reader).step;
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-4 py-2 text-sm">
      <p className="min-w-0 max-w-prose">
        {isOfPlans(row) ? <PlansSentence row={row} reader={reader} /> : tell(row, reader).title}
      </p>
      {step && (
        <PageLink href={step.href} className="font-medium text-accent underline">
          {step.label}
        </PageLink>
      )}
    </li>
  );
}

function PlansSentence({ row, reader }: { readonly row: PlansRow; readonly reader: Reader }): ReactNode {
  const { account: view, where } = reader;
  switch (row.kind) {
    case "standing":
      return <StandingSentence view={view} standing={row.standing} where={where} />;
    case "change":
      return <WhatComes view={view} where={where} />;
    case "voided":
      return <Voided view={view} where={where} />;
    case "raised":
      return <Raised view={view} where={where} />;
    case "changed":
      return <Changed view={view} where={where} />;
    default:
      return unreachable(row);
  }
}

/** Where the step of such a row is taken, when it is not the first. */
const plansStep = (row: PlansRow, reader: Reader): Told["step"] =>
  canAct(row, reader) ? { label: "Plans", href: PLANS } : null;

/** The one button: a form where the step is taken at once, a link where it begins on another page. */
function Step({ row, reader, here }: RowProps & Pick<Props, "here">) {
  if (!canAct(row, reader)) return null;
  const { account: view, mayManage } = reader;
  switch (row.kind) {
    case "bank":
      return <AtTheBank row={row} reader={reader} />;
    case "standing":
      return <StandingOffers offers={offersOf(row.standing, view, mayManage)} destination="overview" />;
    case "change":
    case "canceling":
      return row.subscription.isPlannedByOperator ? (
        <LinkButton href={PLAN_CONTACT}>Contact us</LinkButton>
      ) : (
        <KeepPlan view={view} variant="primary" />
      );
    case "voided":
    case "raised":
    case "changed":
      return null;
    default:
      return <StepLink row={row} reader={reader} here={here} />;
  }
}

/** Nothing is to be pressed but in an emergency while a payment is being confirmed, or where it is only to look at. */
const TO_LOOK: readonly RowKind[] = ["confirming", "order"];

type LinkProps = Pick<Props, "here"> & { readonly row: ToldRow; readonly reader: Reader };

function StepLink({ row, reader, here }: LinkProps) {
  const { step } = tell(row, reader);
  if (!step || step.href === here) return null;
  return (
    <LinkButton href={step.href} variant={TO_LOOK.includes(row.kind) ? "secondary" : "primary"}>
      {step.label}
    </LinkButton>
  );
}

function AtTheBank({
  row,
  reader,
}: {
  readonly row: Extract<Row, { kind: "bank" }>;
  readonly reader: Reader;
}) {
  const { payment } = row;
  const isOrder = payment.of === "order";
  return (
    <ActionForm action={isOrder ? continueOrder : continuePayment}>
      <input type="hidden" name={isOrder ? "orderId" : "paymentId"} value={payment.id} />
      <SubmitButton working={ASKING}>{tell(row, reader).step?.label}</SubmitButton>
    </ActionForm>
  );
}
