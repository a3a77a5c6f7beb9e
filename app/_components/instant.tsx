import { dayIn } from "@/lib/calendar";
import { formatInstant, type InstantVariant } from "@/lib/wording/instants";

type InstantProps = {
  readonly value: Date;
  readonly timeZone: string;
  readonly locale: string;
  readonly variant?: InstantVariant;
  /** It is some time of that day: an estimate, or only settled by what is confirmed. No time is claimed then. */
  readonly isAbout?: boolean;
  readonly className?: string;
};

/** An instant in the customer's time zone; whatever the variant leaves out is in the title. */
export function Instant({
  value,
  timeZone,
  locale,
  variant = "full",
  isAbout = false,
  className,
}: InstantProps) {
  const where = { timeZone, locale };
  return (
    <time
      dateTime={isAbout ? dayIn(timeZone, value) : value.toISOString()}
      {...(variant !== "full" && !isAbout && { title: formatInstant(value, where) })}
      {...(className && { className })}
    >
      {formatInstant(value, where, variant)}
    </time>
  );
}
