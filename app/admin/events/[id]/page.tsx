import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { ActionForm } from "@/app/_components/action-form";
import { TextField } from "@/app/_components/field";
import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import { PagePanel } from "@/app/_components/page-title";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { callerOf } from "@/lib/auth/caller";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { recordEventView } from "@/lib/desk/account";
import { type EventView, findEvent } from "@/lib/desk/events/find";
import { toPublicId } from "@/lib/ids";
import { eventPath } from "../../areas";
import { accountPath } from "../../paths";
import { replayAction } from "../actions";
import { STATE_WORDS } from "../filters";

type Where = { readonly locale: string; readonly timeZone: string };

/** An event's id is Stripe's: letters, digits and underscores. */
const EVENT_ID = /^\w{1,255}$/;

/** One event with all that Stripe said, and a way to handle it again. */
export default async function EventPage({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const { id } = await params;
  const isId = EVENT_ID.test(id);
  const operator = await requireOperator(isId ? eventPath(id) : undefined);
  const event = isId ? await findEvent(deps().db, id) : null;
  if (!event) notFound();
  const { payload, accountId } = event;
  const caller = callerOf(await headers());
  await recordEventView(deps(), operator, { eventId: event.id, accountId, caller });
  return (
    <div className="space-y-5">
      <PagePanel id="event" title={event.type} description="An event of Stripe's.">
        <EventFacts event={event} where={operator} />
      </PagePanel>
      <Panel
        id="replay"
        title="Replay"
        description={
          event.state === "due"
            ? "The event is due: a worker comes to it, and there is nothing to replay."
            : "The event is due again, and handled from its first try: what it is about is read again from Stripe. Handled twice it changes nothing that is right."
        }
      >
        {/* There in every state: without JavaScript, what an act came to stands in its form. */}
        <ActionForm action={replayAction} className="max-w-xl space-y-4">
          {event.state !== "due" && (
            <>
              <input type="hidden" name="event" value={event.id} />
              <TextField name="reason" label="Why" maxLength={500} required />
              <SubmitButton>Replay the event</SubmitButton>
            </>
          )}
        </ActionForm>
      </Panel>
      <Panel id="payload" title="Payload" description={aboutPayload(payload, operator.locale)}>
        {/* Reachable with the keyboard, as it scrolls. */}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
        <section tabIndex={0} aria-label="All of the payload" className="overflow-x-auto">
          <pre dir="ltr" className="text-sm">
            {payload.text}
          </pre>
        </section>
      </Panel>
    </div>
  );
}

function aboutPayload({ kind, bytes, isCut }: EventView["payload"], locale: string): string {
  const size = `${bytes.toLocaleString(locale)} bytes`;
  const rest = isCut ? " Only the beginning is shown." : "";
  return kind === "json"
    ? `As it was delivered, in lines: ${size}.${rest}`
    : `What cannot be kept as text, as it was delivered: ${size}, in hexadecimal.${rest}`;
}

function EventFacts({ event, where }: { readonly event: EventView; readonly where: Where }) {
  const { id, state, parkedReason, accountId, accountName, customerId, handledAt, nextTryAt } = event;
  return (
    <Facts>
      <Fact label="Event">
        <bdi className="wrap-anywhere">{id}</bdi>
      </Fact>
      <Fact label="State">{STATE_WORDS[state]}</Fact>
      {parkedReason !== null && (
        <Fact label="Why it is parked">
          <bdi className="wrap-anywhere">{parkedReason}</bdi>
        </Fact>
      )}
      <Fact label="Account">
        {accountId ? (
          <PageLink href={accountPath(toPublicId("account", accountId))} className="text-accent underline">
            <bdi>{accountName}</bdi>
          </PageLink>
        ) : (
          "None of ours, or none that it names"
        )}
      </Fact>
      {customerId && (
        <Fact label="Customer at Stripe">
          <bdi className="wrap-anywhere">{customerId}</bdi>
        </Fact>
      )}
      <Fact label="Made by Stripe">
        <Instant value={event.createdAt} {...where} />
      </Fact>
      <Fact label="Received">
        <Instant value={event.receivedAt} {...where} />
      </Fact>
      {handledAt && (
        <Fact label="Handled">
          <Instant value={handledAt} {...where} />
        </Fact>
      )}
      <Fact label="Tries that failed">{event.tries}</Fact>
      {nextTryAt && state === "due" && (
        <Fact label="Next try">
          <Instant value={nextTryAt} {...where} />
        </Fact>
      )}
      <Fact label="API version">{event.apiVersion ?? "Not said"}</Fact>
    </Facts>
  );
}
