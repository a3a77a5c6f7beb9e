import { ActionForm } from "@/app/_components/action-form";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { Customer } from "@/lib/auth/session";
import type { SessionView } from "@/lib/auth/sessions";
import { toPublicId } from "@/lib/ids";
import { placeName } from "@/lib/wording/places";
import { Badge } from "../billing/badge";
import { endOtherSessionsAction, endSessionAction, signOutEverywhereAction } from "./session-actions";
import { type SessionsDone, sessionsDoneSentence } from "./session-words";

type Props = {
  readonly customer: Customer;
  readonly sessions: readonly SessionView[];
  /** What the form before this page came to. */
  readonly done: SessionsDone | null;
};

/** Where somebody is signed in, and how to end each of these, the others, or all. */
export function SessionsPanel({ customer, sessions, done }: Props) {
  const others = sessions.filter(({ id }) => id !== customer.sessionId);
  const here = sessions.filter(({ id }) => id === customer.sessionId);
  return (
    <Panel
      title="Sessions"
      id="sessions"
      description="Where you are signed in. If you do not know one of these, sign it out and change your password."
    >
      {done && (
        <Notice tone="success" announce className="mb-4">
          {sessionsDoneSentence(done)}
        </Notice>
      )}
      <ul className="mb-5">
        {[...here, ...others].map((session) => (
          <Session
            key={session.id}
            session={session}
            isHere={session.id === customer.sessionId}
            where={customer}
          />
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-2 border-line border-t pt-5">
        {others.length > 0 && (
          <ActionForm action={endOtherSessionsAction}>
            <SubmitButton variant="secondary">Sign out everywhere else</SubmitButton>
          </ActionForm>
        )}
        <ActionForm action={signOutEverywhereAction}>
          <SubmitButton variant="danger">Sign out everywhere</SubmitButton>
        </ActionForm>
      </div>
    </Panel>
  );
}

type SessionProps = {
  readonly session: SessionView;
  readonly isHere: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

function Session({ session, isHere, where: { locale, timeZone } }: SessionProps) {
  const name = placeName(session);
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-line border-t py-3.5 first:border-t-0 first:pt-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <strong className="font-semibold">{name}</strong>
          {isHere && <Badge tone="good">This browser</Badge>}
        </p>
        <p className="break-words text-muted text-sm">
          {session.address === "unknown" ? "Address unknown" : session.address}
        </p>
        <p className="text-muted text-sm">
          Last used <Instant value={session.lastSeenAt} locale={locale} timeZone={timeZone} variant="short" />
          , first used{" "}
          <Instant value={session.createdAt} locale={locale} timeZone={timeZone} variant="short" />
        </p>
      </div>
      <ActionForm action={endSessionAction}>
        <input type="hidden" name="session" value={toPublicId("session", session.id)} />
        <SubmitButton variant={isHere ? "secondary" : "danger"}>
          <span>
            Sign out
            <span className="sr-only"> {isHere ? "this browser" : `${name}, ${session.address}`}</span>
          </span>
        </SubmitButton>
      </ActionForm>
    </li>
  );
}
