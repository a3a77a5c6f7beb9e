import { ActionForm } from "@/app/_components/action-form";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { Customer } from "@/lib/auth/session";
import type { AccountOfPerson } from "@/lib/colleagues/queries";
import { toPublicId } from "@/lib/ids";
import { Badge } from "../billing/badge";
import { ROLE_NAMES } from "../colleagues/words";
import { switchAccountAction } from "./session-actions";

type Props = {
  readonly customer: Customer;
  readonly accounts: readonly AccountOfPerson[];
  /** What the form before this page came to. */
  readonly done: "switched" | "left" | null;
};

const SENTENCES = {
  switched: "You are now using this account.",
  left: "You left that account and are now using this one.",
} as const;

/** The accounts somebody belongs to, and which of them they act for; nothing where there is one alone. */
export function AccountsPanel({ customer, accounts, done }: Props) {
  if (accounts.length < 2 && !done) return null;
  return (
    <Panel
      title="Your accounts"
      id="accounts"
      description="You use one of them at a time, and can switch at any time."
    >
      {done && (
        <Notice tone="success" announce className="mb-4">
          {SENTENCES[done]}
        </Notice>
      )}
      <ul>
        {accounts.map(({ accountId, name, role }) => (
          <li
            key={accountId}
            className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-line border-t py-3 first:border-t-0 first:pt-0 last:pb-0"
          >
            <p className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
              <bdi className="min-w-0 break-words font-semibold">{name}</bdi>
              <Badge tone="sunken">{ROLE_NAMES[role]}</Badge>
              {accountId === customer.accountId && <Badge tone="good">Now</Badge>}
            </p>
            {accountId !== customer.accountId && (
              <ActionForm action={switchAccountAction}>
                <input type="hidden" name="account" value={toPublicId("account", accountId)} />
                <SubmitButton variant="secondary">
                  <span>
                    Switch<span className="sr-only"> to {name}</span>
                  </span>
                </SubmitButton>
              </ActionForm>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
