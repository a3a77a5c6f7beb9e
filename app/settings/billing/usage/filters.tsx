import type { ComponentProps, ReactNode } from "react";
import { buttonClass } from "@/app/_components/button-class";
import { classNames } from "@/app/_components/class-names";
import { PageLink } from "@/app/_components/page-link";
import { USAGE } from "../paths";
import { CATEGORIES, UNNAMED } from "./categories";
import { modelValue, PRESETS, type UsageQuery, usagePath } from "./usage-query";

type Props = { readonly asked: UsageQuery; readonly knownModels: readonly string[] };

/** Ranges to choose with one click; category and model stay as they are. */
export function Presets({ asked: { filter, preset } }: Pick<Props, "asked">) {
  const { category, resource } = filter;
  return (
    <nav aria-label="Days to show">
      <ul className="flex flex-wrap gap-1">
        {PRESETS.map(({ id, label }) => (
          <li key={id}>
            <PageLink
              href={usagePath({ preset: id, category, resource })}
              aria-current={id === preset ? "true" : undefined}
              className="block rounded-control px-2.5 py-1.5 text-muted text-sm hover:bg-sunken hover:text-ink aria-[current]:bg-soft aria-[current]:text-ink data-pending:animate-pulse"
            >
              {label}
            </PageLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const BOX =
  "min-h-11 w-full rounded-control border border-line-strong bg-panel px-2.5 py-2 text-base text-ink sm:text-[0.9375rem]";

/** A plain form that asks for another page: it needs no script. */
export function Filters({ asked: { filter, today }, knownModels }: Props) {
  const { from, to, category, resource } = filter;
  const models =
    resource === null || knownModels.includes(resource) ? knownModels : [...knownModels, resource];
  return (
    <form
      action={USAGE}
      method="get"
      // A browser that comes back to the page would keep what was typed, not what is shown.
      key={JSON.stringify(filter)}
      autoComplete="off"
      className="grid grid-cols-2 items-end gap-3 lg:grid-cols-[1fr_1fr_1.2fr_1.2fr_auto]"
    >
      <Labelled label="From" name="from">
        <input id="usage-from" name="from" type="date" max={today} defaultValue={from} className={BOX} />
      </Labelled>
      <Labelled label="To" name="to">
        <input id="usage-to" name="to" type="date" max={today} defaultValue={to} className={BOX} />
      </Labelled>
      <Choice label="Category" name="category" defaultValue={category ?? ""}>
        <option value="">All categories</option>
        {CATEGORIES.map(({ key, label }) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </Choice>
      <Choice label="Model" name="model" defaultValue={resource === null ? "" : modelValue(resource)}>
        <option value="">All models</option>
        {models.map((each) => (
          <option key={each} value={modelValue(each)}>
            {each || UNNAMED}
          </option>
        ))}
      </Choice>
      <button type="submit" className={buttonClass("secondary", "large", "col-span-2 lg:col-span-1")}>
        Show
      </button>
    </form>
  );
}

function Choice({
  label,
  name,
  ...rest
}: { readonly label: string; readonly name: string } & ComponentProps<"select">) {
  return (
    <Labelled label={label} name={name}>
      <select id={`usage-${name}`} name={name} className={classNames(BOX, "text-ellipsis")} {...rest} />
    </Labelled>
  );
}

function Labelled({
  label,
  name,
  children,
}: {
  readonly label: string;
  readonly name: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="min-w-0">
      <label htmlFor={`usage-${name}`} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      {children}
    </div>
  );
}
