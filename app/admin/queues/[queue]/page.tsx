import { notFound } from "next/navigation";
import { PagePanel } from "@/app/_components/page-title";
import { PageTurner } from "@/app/settings/billing/page-turner";
import { DESK_PATH } from "@/lib/auth/desk-path";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { readCursor, writeCursor } from "@/lib/desk/cursor";
import { QUEUES, queueNamed } from "@/lib/desk/queues/kinds";
import { listQueue } from "@/lib/desk/queues/list";
import { queuePath, single } from "../../areas";
import { QueueItems } from "../queue-items";

type Props = {
  readonly params: Promise<{ readonly queue: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
};

/** One queue, a page at a time. */
export default async function QueuePage({ params, searchParams }: Props) {
  const [{ queue: asked }, query] = await Promise.all([params, searchParams]);
  const queue = queueNamed(asked);
  const operator = await requireOperator(queue ? queuePath(queue) : DESK_PATH);
  if (!queue) notFound();
  const after = readCursor(single(query, "after"));
  const { items, next } = await listQueue(deps().db, queue, { after });
  const { title, about, toDo } = QUEUES[queue];
  return (
    <PagePanel id="queue" title={title} description={`${about} ${toDo}`}>
      <QueueItems
        caption={`${title}, ${queue === "disputes" ? "the next due first" : "the newest first"}`}
        items={items}
        where={operator}
        empty={after ? "There are no older ones." : "Nothing waits here."}
      />
      <PageTurner
        label={`Pages of ${title}`}
        newest={after && queuePath(queue)}
        older={next && `${queuePath(queue)}?after=${writeCursor(next)}`}
      />
    </PagePanel>
  );
}
