import { readCursor } from "@/lib/desk/cursor";
import { EVENT_STATES, type EventFilter } from "@/lib/desk/events/list";
import { fromPublicId, toPublicId } from "@/lib/ids";
import { EVENTS, single } from "../areas";

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** What an address asks of the list of events. What is made up counts as not asked, and is told in `problems`. */
export function readEventQuery(query: Query) {
  const [state, account, type] = [single(query, "state"), single(query, "account"), single(query, "type")];
  const known = EVENT_STATES.find((each) => each === state) ?? null;
  const accountId = account === null ? null : fromPublicId("account", account.trim());
  const isType = type === null || /^[\w.]{1,100}$/.test(type.trim());
  const filter: EventFilter = { state: known, accountId, type: isType ? (type?.trim() ?? null) : null };
  const problems = [
    state !== null && known === null && "There is no such state. Events of all states are shown.",
    account !== null &&
      accountId === null &&
      "An account looks like acct_ and 32 digits. Events of all are shown.",
    !isType && "A type looks like invoice.paid. Events of all types are shown.",
  ].filter((each) => each !== false);
  return { filter, after: readCursor(single(query, "after")), problems };
}

/** Leads to the events that a filter lets through. */
export function eventsPath({ type, state, accountId }: EventFilter, after?: string): string {
  const query = new URLSearchParams();
  if (type) query.set("type", type);
  if (state) query.set("state", state);
  if (accountId) query.set("account", toPublicId("account", accountId));
  if (after) query.set("after", after);
  return query.size > 0 ? `${EVENTS}?${query}` : EVENTS;
}
