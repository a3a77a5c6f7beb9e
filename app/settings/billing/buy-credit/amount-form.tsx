"use client";

import {
  type ComponentProps,
  createContext,
  type FocusEvent,
  type MouseEvent,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import { useValues } from "@/app/_components/action-form";
import { useSending } from "@/app/_components/sending";
import type { ActionState } from "@/lib/action-core";
import type { Cents } from "@/lib/money/credits";
import { formatCents, formatCredits } from "@/lib/money/format";
import {
  type AmountNotation,
  type AmountProblem as Problem,
  parseAmount,
  writeAmount,
} from "@/lib/money/parse-amount";
import { creditsForCents } from "@/lib/money/rate";
import { didYouMean } from "./did-you-mean";

/** An amount, exact and as it is written. */
type Figure = { readonly exact: string; readonly text: string };

/** What a choice comes to; `id` is the chosen card's, null for a typed amount. */
type Figures = {
  readonly id: string | null;
  readonly credits: Figure;
  /** Of what is owed, so much is paid out of it first. */
  readonly paysBack: Figure;
  readonly after: Figure;
  readonly total: Figure;
};

export type Offer = Figures & { readonly id: string };

type Props = {
  readonly action: (previous: ActionState, form: FormData) => Promise<ActionState>;
  readonly offers: readonly Offer[];
  /** The amount that is filled in at first, as this person writes it; empty: none. */
  readonly first: string;
  readonly creditsPerCent: string;
  /** In cents. */
  readonly limits: { readonly min: string; readonly max: string };
  /** Credits left before the purchase. */
  readonly remaining: string;
  /** Credits owed before the purchase. */
  readonly owed: string;
  readonly locale: string;
  readonly notation: AmountNotation;
  /** What is said of an amount on leaving its field. */
  readonly sentences: Readonly<Record<Exclude<Problem, "another_notation" | "missing">, string>>;
  readonly className: string;
  readonly children: ReactNode;
};

/** What is wrong with the amount; `reading`: what it most likely means, in cents. */
type Wrong = { readonly sentence?: string | undefined; readonly reading?: string | undefined };

type Live = Wrong & {
  readonly figures: Figures | null;
  readonly typed: string;
  readonly chosen: string | undefined;
  /** What is wrong with something else. */
  readonly failure: string | undefined;
  readonly leave: (event: FocusEvent<HTMLInputElement>) => void;
  readonly use: (event: MouseEvent) => void;
};

const LiveContext = createContext<Live>({} as Live);
const useLive = () => useContext(LiveContext);

/**
 * Cards and a text box, of which one counts, and what the choice comes to. The server draws everything that does not
 * change; only what does is a component of this file.
 */
export function AmountForm({ action, offers, first, className, children, ...rates }: Props) {
  const [outcome, send, , sentence] = useSending(action);
  const form = useRef<HTMLFormElement>(null);
  const echoed = useValues(outcome);
  const typed = echoed ? (echoed.amount ?? "") : first;
  const chosen = typed ? undefined : echoed?.bundle;
  const fields = outcome.kind === "invalid" ? outcome.fields : {};
  // What was found of what was typed since the server answered.
  const [found, setFound] = useState<{ since: ActionState; wrong: Wrong } | null>(null);
  const wrong =
    found?.since === outcome ? found.wrong : { sentence: fields.amount, reading: fields.accepted };
  const find = (what: Wrong) => setFound({ since: outcome, wrong: what });
  const failure = fields.amount ? undefined : sentence;
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
    find({});
    update();
  };
  const leave: Live["leave"] = ({ target, relatedTarget }) => {
    // Nothing may move from under a pointer that is about to press a button; the server says it then.
    if (target.value && !relatedTarget?.matches("button:active")) find(check(target.value, rates));
  };
  const use: Live["use"] = (event) => {
    const field = form.current?.querySelector<HTMLInputElement>("[name=amount]");
    if (!field || !wrong.reading) return;
    event.preventDefault();
    field.value = writeAmount(BigInt(wrong.reading), rates.notation);
    find({});
    update();
    field.focus();
  };

  return (
    <LiveContext value={{ ...wrong, figures, typed, chosen, failure, leave, use }}>
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
  const { typed, sentence, leave } = useLive();
  return (
    <input
      name="amount"
      defaultValue={typed}
      onBlur={leave}
      aria-invalid={sentence ? true : undefined}
      aria-describedby={sentence ? `${PROBLEM} ${hintId}` : hintId}
      // biome-ignore lint/a11y/noAutofocus: only with a problem, which without JavaScript comes as a new page
      autoFocus={sentence !== undefined}
      {...rest}
    />
  );
}

export function AmountProblem({ className }: { readonly className: string }) {
  const { sentence, reading, use } = useLive();
  return (
    sentence && (
      <p role="alert" className={className}>
        <span id={PROBLEM}>{sentence}</span>{" "}
        {/* Without JavaScript it sends the form, with what was typed and the reading that is accepted. */}
        {reading && (
          <button
            type="submit"
            name="accepted"
            value={reading}
            onClick={use}
            className="font-medium underline"
          >
            Use it
          </button>
        )}
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
export function LiveFigure({ of }: { readonly of: Exclude<keyof Figures, "id"> }) {
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

type Rates = Pick<
  Props,
  "creditsPerCent" | "limits" | "remaining" | "owed" | "locale" | "notation" | "sentences"
>;

const parse = (typed: unknown, { limits, notation }: Rates) =>
  parseAmount(
    typed,
    { minCents: BigInt(limits.min) as Cents, maxCents: BigInt(limits.max) as Cents },
    notation,
  );

function check(typed: string, rates: Rates): Wrong {
  const parsed = parse(typed, rates);
  if (parsed.ok || parsed.problem === "missing") return {};
  if (parsed.problem !== "another_notation") return { sentence: rates.sentences[parsed.problem] };
  const { reading } = parsed;
  return { sentence: didYouMean(formatCents(reading, rates.locale)), reading: reading.toString() };
}

/** What the form says now; null while nothing valid is chosen. The server computes it again from the choice. */
function readFigures(form: HTMLFormElement, offers: readonly Offer[], rates: Rates): Figures | null {
  const data = new FormData(form);
  const typed = data.get("amount");
  if (!typed) return offers.find((offer) => offer.id === data.get("bundle")) ?? null;
  const parsed = parse(typed, rates);
  if (!parsed.ok) return null;
  const { locale } = rates;
  const bought = creditsForCents(parsed.cents, BigInt(rates.creditsPerCent));
  const owed = BigInt(rates.owed);
  const paysBack = owed < bought ? owed : bought;
  const figure = (value: bigint, text = formatCredits(value as typeof bought, locale)) => ({
    exact: value.toString(),
    text,
  });
  return {
    id: null,
    credits: figure(bought),
    paysBack: figure(paysBack),
    after: figure(BigInt(rates.remaining) + bought - paysBack),
    total: figure(parsed.cents, formatCents(parsed.cents, locale)),
  };
}
