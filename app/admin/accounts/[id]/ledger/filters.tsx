import { buttonClass } from "@/app/_components/button-class";
import { PageLink } from "@/app/_components/page-link";
import { FILTER_BOX, FilterField } from "@/app/settings/billing/filter-fields";
import { BUCKETS } from "@/lib/desk/ledger";
import { ledgerPath } from "../../../paths";
import { KINDS, type LedgerQuery } from "./ledger-query";

type Props = { readonly id: string; readonly query: LedgerQuery };

/** A plain form that asks for another page: it needs no script. */
export function Filters({ id, query }: Props) {
  const key = Object.values(query).join(" ");
  return (
    <form
      action={ledgerPath(id)}
      method="get"
      key={key}
      autoComplete="off"
      className="mb-5 grid grid-cols-2 items-end gap-3 md:grid-cols-4"
    >
      <Choice name="kind" label="Kind" options={KINDS} value={query.kind} />
      <Choice name="bucket" label="Bucket" options={BUCKETS} value={query.bucket} />
      <Text name="grant" label="Grant (grt_…)" value={query.grant} max={40} />
      <Text name="reference" label="Reference" value={query.reference} max={255} />
      <Day name="from" label="From" value={query.from} />
      <Day name="to" label="To" value={query.to} />
      <button type="submit" className={buttonClass("secondary", "large")}>
        Show
      </button>
      {key.trim() !== "" && (
        <p className="self-center">
          <PageLink href={ledgerPath(id)} className="underline">
            Show all
          </PageLink>
        </p>
      )}
    </form>
  );
}

type FieldProps = { readonly name: string; readonly label: string; readonly value: string };

const Choice = ({ name, label, options, value }: FieldProps & { readonly options: readonly string[] }) => (
  <FilterField id={`ledger-${name}`} label={label}>
    <select id={`ledger-${name}`} name={name} defaultValue={value} className={FILTER_BOX}>
      <option value="">All</option>
      {options.map((each) => (
        <option key={each} value={each}>
          {each.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  </FilterField>
);

const Text = ({ name, label, value, max }: FieldProps & { readonly max: number }) => (
  <FilterField id={`ledger-${name}`} label={label}>
    <input
      id={`ledger-${name}`}
      name={name}
      defaultValue={value}
      maxLength={max}
      autoCapitalize="none"
      spellCheck={false}
      className={FILTER_BOX}
    />
  </FilterField>
);

const Day = ({ name, label, value }: FieldProps) => (
  <FilterField id={`ledger-${name}`} label={label}>
    <input id={`ledger-${name}`} name={name} type="date" defaultValue={value} className={FILTER_BOX} />
  </FilterField>
);
