import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { readUnsubscribe, UNSUBSCRIBE_ROUTE } from "@/lib/mail/unsubscribe";
import { listOptOuts } from "@/lib/outbox/opt-outs";
import { PROFILE } from "@/lib/wording/paths";
import { topicName } from "@/lib/wording/topics";
import { SignInFrame } from "../sign-in/frame";

type Props = { readonly searchParams: Promise<Record<string, string | string[] | undefined>> };
type State = "no_link" | "stopped" | "asked";

/** Whether these e-mails are stopped, for whom the address is of. */
async function load(query: URLSearchParams): Promise<{ readonly state: State; readonly about: string }> {
  const { db, sign } = deps();
  const who = readUnsubscribe(query, sign);
  if (!who) return { state: "no_link", about: "" };
  const isStopped = (await listOptOuts(db, who.userId)).includes(who.topic);
  return { state: isStopped ? "stopped" : "asked", about: topicName(who.topic) };
}

const TITLES: Record<State, string> = {
  no_link: "This link is incomplete",
  stopped: "These e-mails are stopped",
  asked: "Stop these e-mails?",
};

/** Where a mail's link leads who wants no more of its kind, without signing in. Looking at it changes nothing. */
export default async function UnsubscribePage({ searchParams }: Props) {
  const given = Object.entries(await searchParams).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : [],
  );
  const query = new URLSearchParams(given);
  const { state, about } = await load(query);
  return (
    <SignInFrame title={TITLES[state]}>
      {state === "no_link" && (
        <p className="mb-4">
          Nothing was changed. Open the link in the e-mail again, or choose on your profile.
        </p>
      )}
      {state === "stopped" && (
        <p className="mb-4">
          {env().PRODUCT_NAME} no longer sends you e-mails about {about}. You can turn them on again on your
          profile.
        </p>
      )}
      {state === "asked" ? (
        <>
          <p className="mb-4">
            You will no longer get e-mails about {about}. E-mails about payments and plans are always sent.
          </p>
          <form method="post" action={`${UNSUBSCRIBE_ROUTE}?${query}`}>
            <button type="submit" className={buttonClass("primary")}>
              Stop these e-mails
            </button>
          </form>
        </>
      ) : (
        <LinkButton href={PROFILE} variant="secondary">
          Profile
        </LinkButton>
      )}
    </SignInFrame>
  );
}
