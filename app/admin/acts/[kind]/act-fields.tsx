import { buttonClass } from "@/app/_components/button-class";
import { TextField } from "@/app/_components/field";
import { ACTS } from "@/lib/desk/acts/acts";
import type { ActKind } from "@/lib/desk/acts/kinds";
import { FIELD_WORDS } from "@/lib/desk/acts/words";
import { actPath } from "../acts-paths";

type Values = Readonly<Record<string, string>>;

/** What an act wants to know. Sent, the same page comes with its preview: nothing is done by it. */
export function ActFields({ kind, values }: { readonly kind: ActKind; readonly values: Values }) {
  const { of, fields } = ACTS[kind];
  return (
    <form action={actPath(kind)} method="get" className="max-w-xl space-y-4">
      {of !== "nobody" && (
        <TextField
          name="account"
          label="Account"
          hint={of === "either" ? "acct_ and 32 digits. Empty: of no account." : "acct_ and 32 digits."}
          defaultValue={values.account ?? ""}
          maxLength={60}
        />
      )}
      {fields.map((name) => (
        <TextField
          key={name}
          name={name}
          label={FIELD_WORDS[name].label}
          hint={FIELD_WORDS[name].hint}
          defaultValue={values[name] ?? ""}
          maxLength={500}
        />
      ))}
      <input type="hidden" name="preview" value="yes" />
      <button type="submit" className={buttonClass("primary", "large")}>
        Show what changes
      </button>
    </form>
  );
}
