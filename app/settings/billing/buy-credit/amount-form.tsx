"use client";

import {
  type ComponentProps,
  createContext,
  type ReactNode,
  useActionState,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import { useValues } from "@/app/_components/action-form";
import type { ActionState } from "@/lib/action-core";
import type { Cents } from "@/lib/money/credits";
import { formatCents, formatCredits } from "@/lib/money/format";
import { parseAmount } from "@/lib/money/parse-amount";
import { creditsForCents } from "@/lib/money/rate";

/** An amount, exact and as it is written. */
type Figure = { readonly exact: string; readonly text: string };

/** What a choice comes to; `id` is the chosen card's, null for a typed amount. */
type Figures = {
  readonly id: string | null;
  readonly credits: Figure;
  readonly after: Figure;
  readonly total: Figure;
};

export type Offer = Figures & { readonly id: string };

type Props = {
  readonly action: (previous: ActionState, form: FormData) => Promise<ActionState>;
  readonly offers: readonly Offer[];
  /** Id of the card that is chosen at first. */
  readonly featured: string;
  readonly creditsPerCent: string;
  /** In cents. */
  readonly limits: { readonly min: string; readonly max: string };
  /** Credits left before the purchase. */
  readonly remaining: string;
  readonly locale: string;
  readonly className: string;
  readonly children: ReactNode;
};

type Live = {
  readonly figures: Figures | null;
  readonly typed: string;
  readonly chosen: string | undefined;
  /** What is wrong with the amount, or with something else. */
  readonly problem: string | undefined;
  readonly failure: string | undefined;
  readonly pending: boolean;
};

const IDLE: ActionState = { kind: "idle" };
const LiveContext = createContext<Live>({} as Live);
const useLive = () => useContext(LiveContext);

/**
 * Cards and a text box, of which one counts, and what the choice comes to. The server draws everything that does not
 * change; only what does is a component of this file.
 */
export function AmountForm({ action, offers, featured, className, children, ...rates }: Props) {
  const [outcome, send, pending] = useActionState(action, IDLE);
  const form = useRef<HTMLFormElement>(null);
  const echoed = useValues(outcome);
  const typed = echoed?.amount ?? "";
  const chosen = echoed ? (typed ? undefined : echoed.bundle) : featured;
  const problem = outcome.kind === "invalid" ? outcome.fields.amount : undefined;
  const failure = problem || outcome.kind === "idle" ? undefined : outcome.message;
  const [figures, setFigures] = useState<Figures | null>(offers.find((offer) => offer.id === chosen) ?? null);
  const update = () => form.current && setFigures(readFigures(form.current, offers, rates));

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen before this ran, or came back, is read from the form
  useEffect(() => {
    update();
    form.current?.querySelector<HTMLElement>("[aria-invalid],[data-failure]")?.focus();
  }, [outcome]);

  const changed = ({ target }: { target: EventTarget }) => {
    const inputs = form.current?.querySelectorAll("input") ?? [];
    if (target instanceof HTMLInputElement && target.value !== "") {
      for (const other of inputs) {
        if (other.name === "bundle" && target.name === "amount") other.checked = false;
        if (other.name === "amount" && target.name === "bundle") other.value = "";
      }
    }
    update();
  };

  return (
    <LiveContext value={{ figures, typed, chosen, problem, failure, pending }}>
      <form ref={form} action={send} onInput={changed} noValidate className={className}>
        {children}
      </form>
    </LiveContext>
  );
}

export const BundleRadio = (props: ComponentProps<"input">) => (
  <input type="radio" name="bundle" defaultChecked={useLive().chosen === props.value} {...props} />
);

const PROBLEM = "amount-problem";

export function AmountInput({ hintId, ...rest }: ComponentProps<"input"> & { readonly hintId: string }) {
  const { typed, problem } = useLive();
  return (
    <input
      name="amount"
      defaultValue={typed}
      aria-invalid={problem ? true : undefined}
      aria-describedby={problem ? `${PROBLEM} ${hintId}` : hintId}
      // biome-ignore lint/a11y/noAutofocus: only with a problem, which without JavaScript comes as a new page
      autoFocus={problem !== undefined}
      {...rest}
    />
  );
}

export function AmountProblem({ className }: { readonly className: string }) {
  const { problem } = useLive();
  return (
    problem && (
      <p id={PROBLEM} role="alert" className={className}>
        {problem}
      </p>
    )
  );
}

/** Why nothing was ordered, when it is not the amount. */
export function Failure({ className }: { readonly className: string }) {
  const { failure } = useLive();
  return (
    failure && (
      // biome-ignore lint/a11y/noAutofocus: without JavaScript the answer is a new page, and this is its news
      <div role="alert" data-failure tabIndex={-1} autoFocus className={className}>
        {failure}
      </div>
    )
  );
}

/** One figure of the choice, a dash while nothing valid is chosen. */
export function LiveFigure({ of }: { readonly of: "credits" | "after" | "total" }) {
  const figure = useLive().figures?.[of];
  if (!figure) return "–";
  return <span {...{ [of === "total" ? "data-cents" : "data-credits"]: figure.exact }}>{figure.text}</span>;
}

/** The credits of a typed amount; while there is none, what children say. */
export function TypedCredits({ children }: { readonly children: ReactNode }) {
  const { figures } = useLive();
  if (figures?.id !== null) return children;
  return (
    <>
      <LiveFigure of="credits" /> credits
    </>
  );
}

/** Sends the form once: while it is on its way, further clicks do nothing. */
export function SendButton({
  children,
  className,
}: {
  readonly children: ReactNode;
  readonly className: string;
}) {
  const { pending } = useLive();
  return (
    <button
      type="submit"
      aria-busy={pending || undefined}
      aria-disabled={pending || undefined}
      onClick={(event) => pending && event.preventDefault()}
      className={className}
    >
      {children}
    </button>
  );
}

/** What the form says now; null while nothing valid is chosen. The server computes it again from the choice. */
function readFigures(
  form: HTMLFormElement,
  offers: readonly Offer[],
  {
    creditsPerCent,
    limits,
    remaining,
    locale,
  }: Pick<Props, "creditsPerCent" | "limits" | "remaining" | "locale">,
): Figures | null {
  const data = new FormData(form);
  const typed = data.get("amount");
  if (!typed) return offers.find((offer) => offer.id === data.get("bundle")) ?? null;
  const parsed = parseAmount(typed, {
    minCents: BigInt(limits.min) as Cents,
    maxCents: BigInt(limits.max) as Cents,
  });
  if (!parsed.ok) return null;
  const bought = creditsForCents(parsed.cents, BigInt(creditsPerCent));
  const figure = (value: bigint, text = formatCredits(value as typeof bought, locale)) => ({
    exact: value.toString(),
    text,
  });
  return {
    id: null,
    credits: figure(bought),
    after: figure(BigInt(remaining) + bought),
    total: figure(parsed.cents, formatCents(parsed.cents, locale)),
  };
}
