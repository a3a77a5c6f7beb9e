import { notFound } from "next/navigation";
import { ActionForm } from "@/app/_components/action-form";
import { TextField } from "@/app/_components/field";
import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import { PagePanel } from "@/app/_components/page-title";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { type AttentionItem, findAttentionItem } from "@/lib/desk/queues/find-item";
import { fromPublicId, toPublicId } from "@/lib/ids";
import { accountPath } from "../../paths";
import { acknowledgeAction } from "../actions";

type Where = { readonly locale: string; readonly timeZone: string };

/** One attention item: what is the matter, what to do, and a note by which an operator acknowledges it. */
export default async function AttentionItemPage({
  params,
}: {
  readonly params: Promise<{ readonly id: string }>;
}) {
  const { id } = await params;
  const itemId = fromPublicId("attention", id);
  const operator = await requireOperator(itemId ? `/admin/attention/${id}` : undefined);
  const item = itemId && (await findAttentionItem(deps().db, itemId));
  if (!item) notFound();
  return (
    <div className="space-y-5">
      <PagePanel id="item" title="Needs attention" description={item.reason.replaceAll("_", " ")}>
        <p>{item.matter}</p>
        <p className="mt-2 font-medium">{item.toDo}</p>
      </PagePanel>
      <Panel id="facts" title="What is known">
        <ItemFacts item={item} where={operator} />
      </Panel>
      <Panel id="acknowledge" title="Acknowledge" description={ABOUT[item.state]}>
        {/* There in every state: without JavaScript, what an act came to stands in its form. */}
        <ActionForm action={acknowledgeAction} className="max-w-xl space-y-4">
          {item.state !== "resolved" && (
            <>
              <input type="hidden" name="item" value={id} />
              <TextField name="reason" label="What you know about it" maxLength={500} required />
              <SubmitButton>Acknowledge</SubmitButton>
            </>
          )}
        </ActionForm>
      </Panel>
    </div>
  );
}

const ABOUT = {
  open: "It leaves the queue until the facts about it change. It is resolved by itself once they are right.",
  acknowledged: "Somebody knows of it already. Acknowledged again, the new note counts.",
  resolved: "It is right again: there is nothing to acknowledge.",
} as const;

const STATES = { open: "Open", acknowledged: "Acknowledged", resolved: "Right again" } as const;

function ItemFacts({ item, where }: { readonly item: AttentionItem; readonly where: Where }) {
  const accountId = item.accountId && toPublicId("account", item.accountId);
  return (
    <Facts>
      <Fact label="State">{STATES[item.state]}</Fact>
      <Fact label="Account">
        {accountId ? (
          <PageLink href={accountPath(accountId)} className="text-accent underline">
            <bdi>{item.accountName ?? accountId}</bdi>
          </PageLink>
        ) : (
          "Of no account we know"
        )}
      </Fact>
      <Fact label="At Stripe">
        {item.objectKind.replaceAll("_", " ")} <bdi className="wrap-anywhere">{item.objectId}</bdi>
      </Fact>
      {Object.entries(item.details).map(([name, value]) => (
        <Fact key={name} label={<bdi>{name}</bdi>}>
          <bdi className="wrap-anywhere">{String(value ?? "nothing")}</bdi>
        </Fact>
      ))}
      <Fact label="Since">
        <Instant value={item.since} {...where} />
      </Fact>
      <Fact label="Last found so">
        <Instant value={item.lastSeen} {...where} />
      </Fact>
      <Fact label="Times it came">{item.timesOpened}</Fact>
      {item.note && (
        <Fact label="Note">
          <bdi className="wrap-anywhere">{item.note}</bdi>
        </Fact>
      )}
    </Facts>
  );
}
