"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { useOutcome, useValues } from "./action-form";
import { classNames } from "./class-names";

type FieldProps = {
  readonly name: string;
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** Overrides what the form around the field says about it. */
  readonly error?: string;
  /** What stands inside the box before and after the text: `$`, a unit. */
  readonly before?: ReactNode;
  readonly after?: ReactNode;
};

const BOX = "rounded-control border bg-panel text-ink";
const edge = (error: string | undefined) => (error ? "border-danger" : "border-line-strong");

/** A labelled text box. In an `ActionForm` it shows its own error and what was typed before. */
export function TextField({
  name,
  label,
  hint,
  error: given,
  before,
  after,
  className,
  defaultValue,
  ...rest
}: FieldProps & Omit<ComponentProps<"input">, "name">) {
  const { id, error, echoed, described } = useField(name, given, hint);
  return (
    <Labelled id={id} label={label} hint={hint} error={error} className={className}>
      <div
        className={classNames(
          BOX,
          edge(error),
          "flex min-h-11 items-center gap-2 px-3 has-focus-visible:outline-2 has-focus-visible:outline-soft-line has-focus-visible:outline-offset-2",
        )}
      >
        {before && <span className="shrink-0 text-muted">{before}</span>}
        <input
          id={id}
          name={name}
          defaultValue={echoed ?? defaultValue}
          aria-invalid={error ? true : undefined}
          aria-describedby={described}
          className="min-w-0 flex-1 bg-transparent py-2 text-base outline-none placeholder:text-muted sm:text-[0.9375rem]"
          {...rest}
        />
        {after && <span className="shrink-0 text-muted text-sm">{after}</span>}
      </div>
    </Labelled>
  );
}

/** A labelled box for several lines of text. */
export function TextAreaField({
  name,
  label,
  hint,
  error: given,
  className,
  defaultValue,
  ...rest
}: Omit<FieldProps, "before" | "after"> & Omit<ComponentProps<"textarea">, "name">) {
  const { id, error, echoed, described } = useField(name, given, hint);
  return (
    <Labelled id={id} label={label} hint={hint} error={error} className={className}>
      <textarea
        id={id}
        name={name}
        defaultValue={echoed ?? defaultValue}
        aria-invalid={error ? true : undefined}
        aria-describedby={described}
        className={classNames(
          BOX,
          edge(error),
          "block w-full px-3 py-2 text-base placeholder:text-muted sm:text-[0.9375rem]",
        )}
        {...rest}
      />
    </Labelled>
  );
}

/** A labelled choice; the options are children. */
export function SelectField({
  name,
  label,
  hint,
  error: given,
  className,
  defaultValue,
  children,
  ...rest
}: FieldProps & Omit<ComponentProps<"select">, "name">) {
  const { id, error, echoed, described } = useField(name, given, hint);
  const value = echoed ?? defaultValue;
  return (
    <Labelled id={id} label={label} hint={hint} error={error} className={className}>
      <select
        // The form is reset after it was sent, and a select would fall back to its first default.
        key={String(value)}
        id={id}
        name={name}
        defaultValue={value}
        aria-invalid={error ? true : undefined}
        aria-describedby={described}
        className={classNames(BOX, edge(error), "min-h-11 w-full px-2.5 py-2 text-base sm:text-[0.9375rem]")}
        {...rest}
      >
        {children}
      </select>
    </Labelled>
  );
}

function useField(name: string, given: string | undefined, hint: ReactNode) {
  const outcome = useOutcome();
  const id = useId();
  const error = given ?? (outcome.kind === "invalid" ? outcome.fields[name] : undefined);
  const echoed = useValues(outcome)?.[name];
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  return { id, error, echoed, described };
}

function Labelled({
  id,
  label,
  hint,
  error,
  className,
  children,
}: Pick<FieldProps, "label" | "hint" | "error"> & {
  readonly id: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      {children}
      <Help id={id} hint={hint} error={error} />
    </div>
  );
}

function Help({ id, hint, error }: Pick<FieldProps, "hint" | "error"> & { readonly id: string }) {
  return (
    <>
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-danger text-sm">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-muted text-sm">
          {hint}
        </p>
      )}
    </>
  );
}
