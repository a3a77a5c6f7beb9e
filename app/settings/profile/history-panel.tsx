import { LinkButton } from "@/app/_components/button";
import { Panel } from "@/app/_components/panel";
import type { SignInEvent } from "@/lib/auth/sign-in-history";
import { HistoryTable } from "./history-table";
import { SIGN_INS } from "./history-words";

type Props = {
  readonly events: readonly SignInEvent[];
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** The last of what happened at the door, and the way to the rest. */
export function HistoryPanel({ events, where }: Props) {
  return (
    <Panel
      title="Sign-in history"
      id="sign-in-history"
      description="If you do not know one of these, change your password and sign out everywhere else."
      actions={<LinkButton href={SIGN_INS}>See all</LinkButton>}
    >
      <HistoryTable events={events} where={where} />
    </Panel>
  );
}
