import { ActionForm } from "@/app/_components/action-form";
import { SelectField, TextField } from "@/app/_components/field";
import { SubmitButton } from "@/app/_components/submit-button";
import { COUNTRIES, countryName } from "@/lib/billing/details/countries";
import { TAX_ID_TYPES, taxIdLabel } from "@/lib/billing/details/tax-id-types";
import type { CustomerDetails } from "@/lib/billing/gateway";
import { saveBillingDetailsAction } from "./actions";

type Option = { readonly value: string; readonly label: string };

const sorted = (values: readonly string[], labelOf: (value: string) => string): readonly Option[] =>
  values
    .map((value) => ({ value, label: labelOf(value) }))
    .toSorted((a, b) => a.label.localeCompare(b.label, "en"));

const COUNTRY_OPTIONS = sorted(COUNTRIES, countryName);
const TAX_ID_OPTIONS = sorted(TAX_ID_TYPES, taxIdLabel);

const options = (all: readonly Option[]) =>
  all.map(({ value, label }) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));

const text = (value: string | null | undefined) => value ?? "";

type Props = {
  /** What was entered before, here or at Stripe. */
  readonly details: CustomerDetails | null;
  /** The account's, which invoices are made out to until something is entered. */
  readonly name: string;
};

export function DetailsForm({ details, name }: Props) {
  return (
    <ActionForm action={saveBillingDetailsAction} className="space-y-4">
      <TextField
        name="name"
        label="Name or company"
        defaultValue={details?.name ?? name}
        autoComplete="billing organization"
        maxLength={150}
        dir="auto"
        required
      />
      <Address details={details} />
      <TaxId details={details} />
      <SubmitButton>Save billing details</SubmitButton>
      <p className="text-muted text-sm">
        Saving replaces what our payment provider, Stripe, has as your name, address and tax IDs.
      </p>
    </ActionForm>
  );
}

const Address = ({ details }: Pick<Props, "details">) => (
  <>
    <TextField
      name="line1"
      label="Address"
      defaultValue={text(details?.line1)}
      autoComplete="billing address-line1"
      maxLength={100}
      dir="auto"
    />
    <TextField
      name="line2"
      label="Address, second line"
      defaultValue={text(details?.line2)}
      autoComplete="billing address-line2"
      maxLength={100}
      dir="auto"
    />
    <div className="grid gap-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
      <TextField
        name="postalCode"
        label="Postal code"
        defaultValue={text(details?.postalCode)}
        autoComplete="billing postal-code"
        maxLength={20}
      />
      <TextField
        name="city"
        label="City"
        defaultValue={text(details?.city)}
        autoComplete="billing address-level2"
        maxLength={100}
        dir="auto"
      />
    </div>
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        name="state"
        label="State or region"
        defaultValue={text(details?.state)}
        autoComplete="billing address-level1"
        maxLength={100}
        dir="auto"
      />
      <SelectField
        name="country"
        label="Country"
        defaultValue={text(details?.country)}
        autoComplete="billing country"
      >
        <option value="">Choose a country</option>
        {options(COUNTRY_OPTIONS)}
      </SelectField>
    </div>
  </>
);

const TaxId = ({ details }: Pick<Props, "details">) => (
  <div className="grid gap-4 sm:grid-cols-2">
    <SelectField name="taxIdType" label="Kind of tax ID" defaultValue={text(details?.taxId?.type)}>
      <option value="">None</option>
      {options(TAX_ID_OPTIONS)}
    </SelectField>
    <TextField
      name="taxId"
      label="Tax ID"
      hint="For example DE123456789"
      defaultValue={text(details?.taxId?.value)}
      maxLength={50}
      autoComplete="off"
    />
  </div>
);
