import { Instant } from "@/app/_components/instant";
import { PageLink } from "@/app/_components/page-link";
import { Panel } from "@/app/_components/panel";
import type { DeskAttention } from "@/lib/desk/account";
import { QUEUES } from "@/lib/desk/queues/kinds";
import { queuePath } from "../../areas";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly items: readonly DeskAttention[];
  /** How many there are beside. */
  readonly more: number;
  readonly where: Where;
};

/** What an operator has to look at, with what to do. */
export const Attention = ({ items, more, where }: Props) => (
  <Panel id="attention" title="Needs attention" tone="danger">
    <ul className="space-y-4">
      {items.map(({ id, matter, toDo, objectId, since, isAcknowledged }) => (
        <li key={id}>
          <p>{matter}</p>
          <p className="text-muted text-sm">{toDo}</p>
          <p className="text-muted text-sm">
            <code className="[overflow-wrap:anywhere]">{objectId}</code>, since{" "}
            <Instant value={since} variant="short" {...where} />
            {isAcknowledged && ", acknowledged"}
          </p>
        </li>
      ))}
    </ul>
    {more > 0 && (
      <p className="mt-4">
        {more.toLocaleString(where.locale)} more came later: see to these first, or look in the queue{" "}
        <PageLink href={queuePath("attention")} className="underline">
          {QUEUES.attention.title}
        </PageLink>
        .
      </p>
    )}
  </Panel>
);
