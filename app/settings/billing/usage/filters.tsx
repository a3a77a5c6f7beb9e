import type { ComponentProps } from "react";
import { buttonClass } from "@/app/_components/button-class";
import { classNames } from "@/app/_components/class-names";
import { FILTER_BOX, FilterField, FilterLinks } from "../filter-fields";
import { USAGE } from "../paths";
import { listUsageCategories, UNNAMED } from "./categories";
import { modelValue, type UsageQuery, usagePath } from "./usage-query";

type Props = { readonly asked: UsageQuery; readonly knownModels: readonly string[] };

/** Ranges to choose with one click; category and model stay as they are. */
export function Presets({ asked: { filter, preset, presets } }: Pick<Props, "asked">) {
  const { category, resource } = filter;
  return (
    <FilterLinks
      label="Days to show"
      choices={presets.map(({ id, label }) => ({
        href: usagePath({ preset: id, category, resource }),
        label,
        current: id === preset,
      }))}
    />
  );
}

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
      <FilterField id="usage-from" label="From">
        <input
          id="usage-from"
          name="from"
          type="date"
          max={today}
          defaultValue={from}
          className={FILTER_BOX}
        />
      </FilterField>
      <FilterField id="usage-to" label="To">
        <input id="usage-to" name="to" type="date" max={today} defaultValue={to} className={FILTER_BOX} />
      </FilterField>
      <Choice label="Category" name="category" defaultValue={category ?? ""}>
        <option value="">All categories</option>
        {listUsageCategories().map(({ key, label }) => (
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
    <FilterField id={`usage-${name}`} label={label}>
      <select
        id={`usage-${name}`}
        name={name}
        className={classNames(FILTER_BOX, "text-ellipsis")}
        {...rest}
      />
    </FilterField>
  );
}
