import { buttonClass } from "@/app/_components/button-class";
import { FILTER_BOX, FilterField, FilterLinks } from "@/app/settings/billing/filter-fields";
import { EVENT_STATES, type EventFilter, type EventState } from "@/lib/desk/events/list";
import { toPublicId } from "@/lib/ids";
import { EVENTS } from "../areas";
import { eventsPath } from "./event-query";

export const STATE_WORDS: Readonly<Record<EventState, string>> = {
  due: "Due",
  parked: "Parked",
  handled: "Handled",
};

/** Narrows the list of events: states with one click, type and account by a plain form. */
export function Filters({ filter }: { readonly filter: EventFilter }) {
  const states = [null, ...EVENT_STATES];
  return (
    <div className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
      <FilterLinks
        label="State"
        choices={states.map((state) => ({
          href: eventsPath({ ...filter, state }),
          label: state ? STATE_WORDS[state] : "All",
          current: filter.state === state,
        }))}
      />
      <form
        action={EVENTS}
        method="get"
        key={eventsPath(filter)} // A browser that comes back would keep what was typed, not what is shown.
        autoComplete="off"
        className="grid w-full grid-cols-1 items-end gap-3 sm:w-auto sm:grid-cols-[12rem_14rem_auto]"
      >
        {filter.state && <input type="hidden" name="state" value={filter.state} />}
        <FilterField id="events-type" label="Type">
          <input
            id="events-type"
            name="type"
            defaultValue={filter.type ?? ""}
            placeholder="invoice.paid"
            maxLength={100}
            className={FILTER_BOX}
          />
        </FilterField>
        <FilterField id="events-account" label="Account">
          <input
            id="events-account"
            name="account"
            defaultValue={filter.accountId ? toPublicId("account", filter.accountId) : ""}
            placeholder="acct_…"
            maxLength={60}
            className={FILTER_BOX}
          />
        </FilterField>
        <button type="submit" className={buttonClass("secondary", "large")}>
          Show
        </button>
      </form>
    </div>
  );
}
