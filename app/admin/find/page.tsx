import { redirect } from "next/navigation";
import { buttonClass } from "@/app/_components/button-class";
import { type Column, DataTable } from "@/app/_components/data-table";
import { PageLink } from "@/app/_components/page-link";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { type Found, type FoundKind, findAnything, MAX_ASKED } from "@/lib/desk/find";
import { accountPath, deskOrderPath, FIND } from "../paths";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** Whose something is: leads on where there is one answer, and lists them where there are several. */
export default async function FindPage({ searchParams }: { readonly searchParams: Query }) {
  const { q, after } = await searchParams;
  const typed = typeof q === "string" ? q.trim() : "";
  await requireOperator(typed ? `${FIND}?q=${encodeURIComponent(typed)}` : FIND);
  const { found, next } = await findAnything(deps().db, typed, {
    after: typeof after === "string" ? after : null,
  });
  const [only] = found;
  if (only && found.length === 1) redirect(pathOf(only));
  return (
    <>
      <PageTitle title="Find" />
      <Panel>
        <FindForm typed={typed} />
        {typed && (
          <div className="mt-5" role="status">
            {found.length > 0 ? (
              <DataTable
                caption="What was found"
                columns={COLUMNS}
                rows={found}
                rowKey={({ kind, accountId, orderId }) => `${kind} ${accountId} ${orderId}`}
              />
            ) : (
              <NothingFound typed={typed} next={next} />
            )}
          </div>
        )}
      </Panel>
    </>
  );
}

function NothingFound({ typed, next }: { readonly typed: string; readonly next: string | null }) {
  return (
    <>
      <p>
        Nothing here is <bdi className="[overflow-wrap:anywhere]">“{typed}”</bdi>. It is looked for as it
        stands, and as the beginning of a name, not for what is like it. What the assistant wrote on a spend
        is found in the account's ledger.
      </p>
      {next && (
        <p className="mt-3">
          Holds and API calls were looked for in {MAX_ASKED.toLocaleString("en-US")} accounts, the newest
          first, and not in all.{" "}
          <PageLink
            href={`${FIND}?${new URLSearchParams({ q: typed, after: next })}`}
            className="text-accent underline"
          >
            Look in older accounts
          </PageLink>
        </p>
      )}
    </>
  );
}

function FindForm({ typed }: { readonly typed: string }) {
  return (
    <form action={FIND} method="get" className="flex flex-wrap items-end gap-3" key={typed}>
      <div className="min-w-0 flex-1 basis-64">
        <label htmlFor="find" className="mb-1.5 block font-medium">
          What you were told
        </label>
        <input
          id="find"
          name="q"
          type="search"
          defaultValue={typed}
          maxLength={300}
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby="find-hint"
          className="min-h-11 w-full rounded-control border border-line-strong bg-panel px-3 py-2 text-base text-ink sm:text-[0.9375rem]"
        />
      </div>
      <button type="submit" className={buttonClass("primary", "large")}>
        Find
      </button>
      <p id="find-hint" className="w-full text-muted text-sm">
        An e-mail address; an id of ours (acct_, ord_, usr_, rfd_, grt_, pay_, attn_) or of Stripe's (cus_,
        pi_, in_, sub_, re_, dp_, cs_, evt_, and any other that an event named); an order's reference; a
        document's number; a hold (hold_) or the idempotency key of an API call. Else what an account's or a
        person's name begins with: three characters or more.
      </p>
    </form>
  );
}

const pathOf = ({ accountId, orderId }: Found): string =>
  orderId ? deskOrderPath(orderId) : accountPath(accountId);

const KINDS: Readonly<Record<FoundKind, string>> = {
  account: "Account",
  person: "Person",
  order: "Order",
  refund: "Refund",
  dispute: "Dispute",
  grant: "Grant",
  invoice: "Invoice",
  subscription: "Subscription",
  plan_payment: "Plan payment",
  checkout: "Checkout",
  document: "Document",
  attention: "Attention item",
  event: "Event",
  hold: "Hold",
  idempotency_key: "API call",
};

const COLUMNS: Column<Found>[] = [
  { key: "kind", header: "What", cell: ({ kind }) => KINDS[kind] },
  {
    key: "account",
    header: "Account",
    cell: ({ accountId, accountName }) => ({
      text: accountName,
      isQuoted: true,
      href: accountPath(accountId),
    }),
  },
  {
    key: "order",
    header: "Order",
    cell: ({ orderId }) => (orderId ? { text: orderId, href: deskOrderPath(orderId) } : ""),
  },
];
