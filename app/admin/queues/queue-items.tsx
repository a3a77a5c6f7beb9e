import { Fragment } from "react";
import { instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import type { Cell, PlainCell } from "@/app/_components/table";
import { QUEUES } from "@/lib/desk/queues/kinds";
import type { QueueItem } from "@/lib/desk/queues/list";
import { toPublicId } from "@/lib/ids";
import { formatMinor } from "@/lib/money/format";
import { accountCell } from "../account-cell";
import { ACTS_PATH, actPath } from "../acts/acts-paths";
import { attentionPath, eventPath, queuePath } from "../areas";
import { DashboardLink } from "../dashboard-link";
import { deskOrderPath } from "../paths";

type Where = { readonly locale: string; readonly timeZone: string };

type Props = {
  readonly caption: string;
  readonly items: readonly QueueItem[];
  readonly where: Where;
  /** Items of several queues: each names its own. */
  readonly isMixed?: boolean;
  readonly empty: string;
};

/** What waits, as a table that leads to where something can be done about it. */
export function QueueItems({ caption, items, where, isMixed = false, empty }: Props) {
  const hasDue = items.some(({ dueAt }) => dueAt !== null);
  const hasAccount = items.some(({ accountId }) => accountId !== null);
  const columns: Column<QueueItem>[] = [
    { key: "since", header: "Since", cell: ({ since }) => instantCell(since, "short", where) },
    ...(isMixed ? [QUEUE] : []),
    { key: "what", header: "What", cell: (item) => subjectCell(item) },
    { key: "why", header: "Why", cell: (item) => whyCell(item, where) },
    ...(hasAccount ? [{ key: "account", header: "Account", cell: accountCell } as const] : []),
    ...(hasDue ? [dueColumn(where)] : []),
  ];
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={items}
      rowKey={({ queue, id }) => `${queue} ${id}`}
      empty={empty}
    />
  );
}

const QUEUE: Column<QueueItem> = {
  key: "queue",
  header: "Queue",
  cell: ({ queue }) => ({ text: QUEUES[queue].title, href: queuePath(queue) }),
};

const dueColumn = (where: Where): Column<QueueItem> => ({
  key: "due",
  header: "Due",
  cell: ({ dueAt }) => (dueAt ? instantCell(dueAt, "short", where) : NOTHING),
});

function subjectCell(item: QueueItem): Cell {
  const href = placeOf(item);
  // Of a plan's invoice, which has no page here: evidence is sent at Stripe.
  if (item.queue === "disputes" && !href) return <DashboardLink kind="disputes" id={item.id} />;
  if (item.queue === "jobs") return <JobName name={item.subject} />;
  return { text: item.subject, isQuoted: true, ...(href && { href }) };
}

/** Long ones go on in the next line after an underscore, and not within a word; copied they are what they were. */
function JobName({ name }: { readonly name: string }) {
  const [first = "", ...others] = name.split("_");
  let at = first.length;
  return (
    <bdi className="wrap-normal">
      {first}
      {others.map((word) => {
        at += word.length + 1;
        return (
          <Fragment key={at}>
            _<wbr />
            {word}
          </Fragment>
        );
      })}
    </bdi>
  );
}

/** Where an item can be looked at; null where its words are all there is. */
function placeOf({ queue, id, accountId, details }: QueueItem): string | null {
  if (queue === "attention") return attentionPath(id);
  if (queue === "events") return eventPath(id);
  if (queue === "drift") return queuePath(queue);
  if (queue === "approvals") return `${ACTS_PATH}#waiting`;
  if (queue === "mails" && accountId) {
    const given = { mail: toPublicId("mail", id) };
    return actPath("resend_mail", { account: toPublicId("account", accountId), given });
  }
  return typeof details.order === "string" ? deskOrderPath(toPublicId("order", details.order)) : null;
}

const IN_WORDS: Readonly<Record<string, string>> = {
  processing: "Nobody has heard its outcome",
  requested: "Stripe has not said whether it is made",
  requires_action: "Waits for the payer's bank",
};

function whyCell({ queue, why, sentences, details }: QueueItem, { locale }: Where): PlainCell {
  if (sentences) return { text: sentences.matter, note: sentences.toDo };
  if (queue === "payments") return { text: IN_WORDS[why] ?? why };
  if (queue !== "disputes") return { text: why || "–", isQuoted: true };
  const { status, cents, currency } = details;
  const amount = formatMinor(BigInt(String(cents)), String(currency), locale);
  return { text: `${amount}, ${why.replaceAll("_", " ")}`, note: String(status).replaceAll("_", " ") };
}
