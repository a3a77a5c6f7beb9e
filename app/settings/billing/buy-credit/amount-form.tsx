"use client";

import {
  type ComponentProps,
  type ReactNode,
  useActionState,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import type { ActionForm } from "@/app/_components/action-form";
import { Notice } from "@/app/_components/notice";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { ActionState } from "@/lib/action-core";
import { cents } from "@/lib/money/credits";
import { formatCents, formatCredits } from "@/lib/money/format";
import { parseAmount } from "@/lib/money/parse-amount";
import { creditsForCents } from "@/lib/money/rate";

/** An amount of credits, exact and as it is written. */
type Figure = { readonly exact: string; readonly text: string };
type Figures = {
  /** The chosen card; null for a typed amount. */
  readonly id: string | null;
  readonly credits: Figure;
  readonly after: Figure;
  readonly total: string;
};

export type Offer = Figures & {
  readonly id: string;
  readonly price: string;
  readonly short: string;
};

type Props = {
  readonly action: ComponentProps<typeof ActionForm>["action"];
  readonly requestId: string;
  readonly offers: readonly Offer[];
  /** Id of the card that is chosen at first. */
  readonly featured: string;
  /** In cents. */
  readonly limits: { readonly min: string; readonly max: string };
  /** Credits left before the purchase. */
  readonly remaining: string;
  readonly locale: string;
  readonly placeholder: string;
  readonly rate: string;
  readonly hint: string;
  readonly pace: ReactNode;
  readonly expires: ReactNode;
  readonly card: string;
};

const IDLE: ActionState = { kind: "idle" };

/** Four cards and a text box, of which one counts, and what the choice comes to. */
export function AmountForm({ action, requestId, offers, featured, pace, hint, ...props }: Props) {
  const [outcome, send] = useActionState(action, IDLE);
  const form = useRef<HTMLFormElement>(null);
  const notice = useRef<HTMLDivElement>(null);
  const id = useId();

  const echoed = outcome.kind === "invalid" || outcome.kind === "failed" ? outcome.values : undefined;
  const typed = echoed?.amount ?? "";
  const chosen = echoed ? (typed === "" ? echoed.bundle : undefined) : featured;
  const problem = outcome.kind === "invalid" ? outcome.fields.amount : undefined;
  const failure = problem || outcome.kind === "idle" ? undefined : outcome.message;
  const [figures, setFigures] = useState<Figures | null>(offers.find((offer) => offer.id === chosen) ?? null);
  const update = () => form.current && setFigures(readFigures(form.current, offers, props));

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen before this ran, or came back, is read from the form
  useEffect(() => {
    update();
    if (problem) field(form.current, "amount")?.focus();
    else notice.current?.focus();
  }, [outcome]);

  const changed = (event: { target: EventTarget }) => {
    const { current } = form;
    if (!current || !(event.target instanceof HTMLInputElement)) return;
    if (event.target.name === "bundle") field(current, "amount").value = "";
    if (event.target.name === "amount" && event.target.value !== "") clearBundles(current);
    update();
  };

  return (
    <form
      ref={form}
      action={send}
      onInput={changed}
      noValidate
      className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_21.5rem]"
    >
      <input type="hidden" name="requestId" value={requestId} />
      <div className="min-w-0">
        {failure && (
          <Notice ref={notice} tone="danger" announce tabIndex={-1} autoFocus className="mb-4">
            {failure}
          </Notice>
        )}
        <BundleCards offers={offers} chosen={chosen} />
        <h2 className="mt-8 mb-2.5 font-semibold">
          <label htmlFor={id}>Custom Amount</label>
        </h2>
        <div
          className={`flex min-h-11 items-center gap-2 rounded-control border bg-panel px-3 has-focus-visible:outline-2 has-focus-visible:outline-soft-line has-focus-visible:outline-offset-2 ${problem ? "border-danger" : "border-line-strong"}`}
        >
          <span aria-hidden="true" className="text-muted">
            $
          </span>
          <input
            id={id}
            name="amount"
            defaultValue={typed}
            inputMode="decimal"
            autoComplete="off"
            maxLength={64}
            placeholder={props.placeholder}
            aria-invalid={problem ? true : undefined}
            aria-describedby={`${problem ? `${id}-problem ` : ""}${id}-hint`}
            // biome-ignore lint/a11y/noAutofocus: only with a problem, which without JavaScript comes as a new page
            autoFocus={problem !== undefined}
            className="min-w-0 flex-1 bg-transparent py-2 text-base outline-none placeholder:text-muted"
          />
          <output htmlFor={id} className="shrink-0 text-muted text-sm tabular-nums">
            {figures && figures.id === null ? (
              <>
                <Amount value={figures.credits} /> credits
              </>
            ) : (
              <span className="max-sm:sr-only">{props.rate}</span>
            )}
          </output>
        </div>
        {problem && (
          <p id={`${id}-problem`} role="alert" className="mt-1.5 text-danger text-sm">
            {problem}
          </p>
        )}
        <p id={`${id}-hint`} className="mt-1.5 text-muted text-sm">
          {hint}
          <span className="hidden noscript:inline"> A typed amount counts instead of the chosen card.</span>
        </p>
        {pace && <p className="mt-3 text-muted text-sm">{pace}</p>}
      </div>
      <Summary figures={figures} expires={props.expires} card={props.card} />
    </form>
  );
}

function BundleCards({
  offers,
  chosen,
}: {
  readonly offers: readonly Offer[];
  readonly chosen: string | undefined;
}) {
  return (
    <fieldset>
      <legend className="mb-2.5">
        <h2 className="font-semibold">Quick Select</h2>
      </legend>
      <div className="grid grid-cols-2 gap-3 xl:grid-cols-4">
        {offers.map((offer) => (
          <label
            key={offer.id}
            className="relative flex cursor-pointer flex-col rounded-panel border border-line bg-panel p-4 pr-9 ring-soft-line transition-colors hover:border-line-strong has-checked:border-soft-line has-checked:bg-soft has-checked:ring-1 has-focus-visible:outline-2 has-focus-visible:outline-soft-line has-focus-visible:outline-offset-2"
          >
            <input
              type="radio"
              name="bundle"
              value={offer.id}
              defaultChecked={offer.id === chosen}
              className="absolute top-4 right-4 size-4 accent-primary outline-none"
            />
            <span className="font-semibold text-xl leading-7">{offer.price}</span>{" "}
            <span className="text-muted text-sm">
              <span data-credits={offer.credits.exact} title={offer.credits.text}>
                {offer.short}
              </span>{" "}
              credits
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Summary({
  figures,
  expires,
  card,
}: {
  readonly figures: Figures | null;
  readonly expires: ReactNode;
  readonly card: string;
}) {
  return (
    <Panel id="summary" title="Summary" className="lg:mt-0.5">
      <div className="noscript:hidden">
        <Facts className="tabular-nums">
          <Fact label="Add-on credits">{figures ? <Amount value={figures.credits} /> : "–"}</Fact>
          <Fact label="Balance after">{figures ? <Amount value={figures.after} /> : "–"}</Fact>
        </Facts>
      </div>
      <p className="mb-1.5 hidden text-muted text-sm noscript:block">
        The next step shows the credits, the price and your balance afterwards.
      </p>
      <Facts className="mt-1.5">
        <Fact label="Credits expire">{expires}</Fact>
        <Fact label="Payment method">{card}</Fact>
      </Facts>
      <div className="noscript:hidden">
        <Facts className="mt-3 border-line border-t pt-3 font-semibold tabular-nums">
          <Fact label={<span className="text-ink">Total</span>}>{figures?.total ?? "–"}</Fact>
        </Facts>
      </div>
      <SubmitButton size="large" className="mt-4 w-full">
        Proceed to Payment
      </SubmitButton>
      <p className="mt-3 text-center text-muted text-sm">You confirm before your card is charged.</p>
    </Panel>
  );
}

const Amount = ({ value }: { readonly value: Figure }) => (
  <span data-credits={value.exact}>{value.text}</span>
);

const field = (form: HTMLFormElement | null, name: string) =>
  form?.elements.namedItem(name) as HTMLInputElement;

function clearBundles(form: HTMLFormElement): void {
  for (const radio of form.querySelectorAll<HTMLInputElement>("input[name=bundle]")) radio.checked = false;
}

/** What the form says now; null while nothing valid is chosen. The server computes it again from the choice. */
function readFigures(
  form: HTMLFormElement,
  offers: readonly Offer[],
  { limits, remaining, locale }: Pick<Props, "limits" | "remaining" | "locale">,
): Figures | null {
  const data = new FormData(form);
  const typed = data.get("amount");
  if (!typed) return offers.find((offer) => offer.id === data.get("bundle")) ?? null;
  const parsed = parseAmount(typed, {
    minCents: cents(BigInt(limits.min)),
    maxCents: cents(BigInt(limits.max)),
  });
  if (!parsed.ok) return null;
  const bought = creditsForCents(parsed.cents);
  const figure = (value: bigint) => ({
    exact: value.toString(),
    text: formatCredits(value as typeof bought, locale),
  });
  return {
    id: null,
    credits: figure(bought),
    after: figure(BigInt(remaining) + bought),
    total: formatCents(parsed.cents, locale),
  };
}
