import { instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Notice } from "@/app/_components/notice";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { DESK_PATH } from "@/lib/auth/desk-path";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { QUEUES } from "@/lib/desk/queues/kinds";
import { countQueues, listNewest, type QueueCount } from "@/lib/desk/queues/list";
import { describeWork, type WorkProblem } from "@/lib/jobs/health";
import { findRecovery } from "@/lib/recovery/mode";
import { queuePath } from "./areas";
import { QueueItems } from "./queues/queue-items";
import { waitedFor } from "./waited-for";

const NEWEST = 10;

/** What waits for an operator, of every kind, and what came last. */
export default async function DeskPage() {
  const operator = await requireOperator(DESK_PATH);
  const { db } = deps();
  const [counts, newest, work, recovery] = await Promise.all([
    countQueues(db),
    listNewest(db, NEWEST),
    describeWork(db),
    findRecovery(db),
  ]);
  const waiting = counts.toSorted((one, other) => Number(other.count > 0) - Number(one.count > 0));
  const late = work.problems.flatMap((each) => LATE[each] ?? []);
  return (
    <>
      <PageTitle title="Desk" />
      <div className="space-y-5">
        {recovery && (
          <Notice tone="danger">
            The database is older than what Stripe took, as after a restored backup. Nothing is sold, swept or
            renewed until npm run recover has brought it up to date.
          </Notice>
        )}
        {late.map((sentence) => (
          <Notice key={sentence} tone="warning">
            {sentence}
          </Notice>
        ))}
        <Panel id="queues" title="What waits for you">
          <DataTable
            caption="Queues, those first in which something waits, and of these what costs somebody money"
            columns={columns(operator)}
            rows={waiting}
            rowKey={({ queue }) => queue}
          />
        </Panel>
        <Panel id="newest" title="Came last" description="Of all queues, the newest first.">
          <QueueItems
            caption="What came to wait last, the newest first"
            items={newest}
            where={operator}
            isMixed
            empty="Nothing waits. Everything is as it should be."
          />
        </Panel>
      </div>
    </>
  );
}

/** What is late is nobody's to look at one by one. */
const LATE: { readonly [Problem in WorkProblem]?: string } = {
  no_worker:
    "No worker is running: nothing is swept, renewed, mailed or settled in the background. Start one, or look at why it ended.",
  jobs_late: "Background jobs wait longer than five minutes. Look at the workers' log.",
  events_late: "Stripe's events wait longer than five minutes to be handled. Look at the workers' log.",
  mail_late: "Mails wait longer than five minutes to be sent. Look at the mail server.",
};

const columns = (where: { readonly locale: string; readonly timeZone: string }): Column<QueueCount>[] => [
  {
    key: "queue",
    header: "Queue",
    cell: ({ queue }) => ({ text: QUEUES[queue].title, href: queuePath(queue) }),
  },
  {
    key: "count",
    header: "Waiting",
    align: "end",
    cell: ({ count }) =>
      count === 0 ? { text: "0", isMuted: true } : { text: count.toLocaleString(where.locale) },
  },
  {
    key: "oldest",
    header: "Oldest",
    cell: ({ oldest, oldestMs }) =>
      oldest ? { ...instantCell(oldest, "short", where), text: waitedFor(oldestMs ?? 0) } : NOTHING,
  },
  {
    key: "due",
    header: "Due",
    cell: ({ dueFirst }) => (dueFirst ? instantCell(dueFirst, "short", where) : NOTHING),
  },
  {
    key: "todo",
    header: "What to do",
    cell: ({ queue, count }) => ({ text: QUEUES[queue].toDo, isMuted: count === 0 }),
  },
];
