import type { Database } from "../../../db/client";
import { toPublicId } from "../../ids";
import type { PageCursor } from "../../page-cursor";
import { writeCursor } from "../cursor";
import { QUEUE_NAMES, QUEUES, queueNamed } from "../queues/kinds";
import { listQueue, type QueueItem } from "../queues/list";
import { inColumns, instant } from "./said";

const MAX_SHOWN = 200;

/** An item's id as the acts on it take it. */
function idToType({ queue, id }: QueueItem): string {
  if (queue === "attention") return toPublicId("attention", id);
  return queue === "approvals" ? toPublicId("waitingAct", id) : id;
}

/** What waits in one queue: 0 nothing does, 1 something does, 2 there is no such queue. */
export async function sayQueue(db: Database, name: string, after: PageCursor | null) {
  const queue = queueNamed(name);
  if (!queue)
    return { rows: null, lines: [`A queue is one of ${QUEUE_NAMES.join(", ")}.`], code: 2 as const };
  const { items, next } = await listQueue(db, queue, { after, most: MAX_SHOWN });
  const rows = items.map((item) => [
    idToType(item),
    instant(item.since),
    item.accountId ? toPublicId("account", item.accountId) : "none",
    typeof item.details.order === "string" ? toPublicId("order", item.details.order) : "",
    item.dueAt ? instant(item.dueAt) : "",
    item.subject,
    item.sentences?.toDo ?? item.why,
  ]);
  const lines = [
    `${QUEUES[queue].title}: ${items.length === 0 ? "nothing waits." : QUEUES[queue].toDo}`,
    ...inColumns(["id", "since", "account", "order", "due", "what", "why"], rows),
    ...(next ? ["", `More: --before ${writeCursor(next)}`] : []),
  ];
  return { rows: items, lines, code: items.length > 0 ? (1 as const) : (0 as const) };
}
