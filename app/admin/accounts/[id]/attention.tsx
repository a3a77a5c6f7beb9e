import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import type { DeskAttention } from "@/lib/desk/account";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly items: readonly DeskAttention[]; readonly where: Where };

/** What an operator has to look at, with what to do. */
export const Attention = ({ items, where }: Props) => (
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
  </Panel>
);
