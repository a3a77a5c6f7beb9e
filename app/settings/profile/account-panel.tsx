import { CopyButton } from "@/app/_components/copy-button";
import { Panel } from "@/app/_components/panel";
import type { Customer } from "@/lib/auth/session";
import { toPublicId } from "@/lib/ids";

/** The account's id, for those who set up what spends its credits. */
export function AccountPanel({ customer }: { readonly customer: Customer }) {
  if (customer.role === "member") return null;
  const id = toPublicId("account", customer.accountId);
  return (
    <Panel
      title="Account"
      id="account"
      description="Your backend uses this id when it spends credits through the API."
    >
      <p className="mb-1.5 font-medium text-sm">Account id</p>
      <p>
        {/* One click or tap selects the whole of it, without a script. */}
        <code className="select-all rounded bg-sunken px-1.5 py-1 font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
          {id}
        </code>{" "}
        <CopyButton text={id} of="account id" />
      </p>
    </Panel>
  );
}
