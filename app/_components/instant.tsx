import { formatInstant, type InstantVariant } from "@/lib/wording/instants";

type InstantProps = {
  readonly value: Date;
  readonly timeZone: string;
  readonly locale: string;
  readonly variant?: InstantVariant;
  readonly className?: string;
};

/** An instant in the customer's time zone; whatever the variant leaves out is in the title. */
export function Instant({ value, timeZone, locale, variant = "full", className }: InstantProps) {
  const where = { timeZone, locale };
  return (
    <time
      dateTime={value.toISOString()}
      {...(variant !== "full" && { title: formatInstant(value, where) })}
      {...(className && { className })}
    >
      {formatInstant(value, where, variant)}
    </time>
  );
}
