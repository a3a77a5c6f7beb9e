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
import type { Figures, Rates, Wrong } from "./typed-amount";

export type Offer = Figures & { readonly id: string };

type Props = Rates & {
  readonly action: (previous: ActionState, form: FormData) => Promise<ActionState>;
  readonly offers: readonly Offer[];
  /** The amount that is filled in at first, as this person writes it; empty: none. */
  readonly first: string;
  readonly className: string;
  readonly children: ReactNode;
};

/** Loaded once somebody is about to type an amount: who chooses a bundle needs none of it. */
type Reader = typeof import("./typed-amount");

type Live = Wrong & {
  readonly figures: Figures | null | undefined;
  readonly typed: string;
  readonly chosen: string | undefined;
  /** What is wrong with something else. */
  readonly failure: string | undefined;
  readonly come: () => void;
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
  const [choice, setChoice] = useState({ amount: typed, bundle: chosen });
  const [reader, load] = useReader();
  const figures = choice.amount
    ? reader?.figuresOf(choice.amount, rates)
    : offers.find((offer) => offer.id === choice.bundle);
  const field = () => form.current?.querySelector<HTMLInputElement>("[name=amount]");
  const update = () => {
    const amount = field()?.value ?? "";
    if (amount) load();
    setChoice({
      amount,
      bundle: form.current?.querySelector<HTMLInputElement>("[name=bundle]:checked")?.value,
    });
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen before this ran, or came back, is read from the form
  useEffect(() => {
    update();
    form.current?.querySelector<HTMLElement>("[aria-invalid],[data-failure]")?.focus();
  }, [outcome]);

  const changed = ({ target }: { target: EventTarget }) => {
    if (target instanceof HTMLInputElement && target.value !== "") letOneCount(target, form.current);
    find({});
    update();
  };
  const leave: Live["leave"] = ({ target: { value }, relatedTarget }) => {
    // Nothing may move from under a pointer that is about to press a button; the server says it then.
    if (value && !relatedTarget?.matches("button:active")) load(({ check }) => find(check(value, rates)));
  };
  const use: Live["use"] = (event) => {
    const input = field();
    if (!input || !wrong.reading || !reader) return; // The form is sent, with the reading.
    event.preventDefault();
    input.value = reader.written(wrong.reading, rates);
    find({});
    update();
    input.focus();
  };

  return (
    <LiveContext value={{ ...wrong, figures, typed, chosen, failure, come: () => load(), leave, use }}>
      <form ref={form} action={send} onInput={changed} noValidate className={className}>
        {children}
      </form>
    </LiveContext>
  );
}

function useReader() {
  const [reader, setReader] = useState<Reader>();
  // Where it does not come, nothing is said of the amount before the server does.
  const load = (then?: (loaded: Reader) => void) =>
    void import("./typed-amount").then(
      (loaded) => {
        setReader(loaded);
        then?.(loaded);
      },
      () => {},
    );
  return [reader, load] as const;
}

/** A bundle that is chosen empties the text box, and an amount that is typed takes the choice of a bundle back. */
function letOneCount(changed: HTMLInputElement, form: HTMLFormElement | null) {
  for (const other of form?.querySelectorAll("input") ?? []) {
    if (other.name === "bundle" && changed.name === "amount") other.checked = false;
    if (other.name === "amount" && changed.name === "bundle") other.value = "";
  }
}

export const BundleRadio = (props: ComponentProps<"input">) => (
  <input type="radio" name="bundle" defaultChecked={useLive().chosen === props.value} {...props} />
);

const PROBLEM = "amount-problem";

export function AmountInput({ hintId, ...rest }: ComponentProps<"input"> & { readonly hintId: string }) {
  const { typed, sentence, come, leave } = useLive();
  return (
    <input
      name="amount"
      defaultValue={typed}
      onFocus={come}
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
