import { LinkButton } from "@/app/_components/button";
import { Panel } from "@/app/_components/panel";
import type { ActKind } from "@/lib/desk/acts/kinds";
import { ACT_NAMES } from "@/lib/desk/acts/words";
import { actPath } from "./acts/acts-paths";

type Props = {
  /** The public id of the account that they are about. */
  readonly account: string;
  readonly kinds: readonly ActKind[];
  /** What else is known of them, by the fields of their forms. */
  readonly given?: Readonly<Record<string, string>>;
};

/** What an operator can do here. Each is previewed in numbers before anything happens. */
export const ActLinks = ({ account, kinds, given = {} }: Props) => (
  <Panel id="acts" title="Acts" description="Each shows what it would change before anything happens.">
    <ul className="flex flex-wrap gap-2">
      {kinds.map((kind) => (
        <li key={kind}>
          <LinkButton href={actPath(kind, { account, given })}>{ACT_NAMES[kind]}</LinkButton>
        </li>
      ))}
    </ul>
  </Panel>
);
