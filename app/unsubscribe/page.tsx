import type { Metadata } from "next";
import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { readUnsubscribe, UNSUBSCRIBE_ROUTE } from "@/lib/mail/unsubscribe";
import { listOptOuts } from "@/lib/outbox/opt-outs";
import { PROFILE } from "@/lib/wording/paths";
import { topicName } from "@/lib/wording/topics";
import { SignInFrame } from "../sign-in/frame";

export const metadata: Metadata = { title: "Mails" };

type Query = Promise<Record<string, string | string[] | undefined>>;

/** Where a mail's link leads who wants no more of its kind, without signing in. Looking at it changes nothing. */
export default async function UnsubscribePage({ searchParams }: { readonly searchParams: Query }) {
  const given = Object.entries(await searchParams).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : [],
  );
  const query = new URLSearchParams(given);
  const { db, sign } = deps();
  const who = readUnsubscribe(query, sign);
  if (!who)
    return (
      <SignInFrame title="This link is incomplete">
        <p className="mb-4">
          Nothing was changed. Open the link in the mail again, or choose on your profile.
        </p>
        <ToProfile />
      </SignInFrame>
    );
  const about = topicName(who.topic);
  if ((await listOptOuts(db, who.userId)).includes(who.topic))
    return (
      <SignInFrame title="No more of these mails">
        <p className="mb-4">
          {env().PRODUCT_NAME} sends you no more mails about {about}. You can have them again on your profile.
        </p>
        <ToProfile />
      </SignInFrame>
    );
  return (
    <SignInFrame title="Stop these mails?">
      <p className="mb-4">
        You would get no more mails about {about}. Mails about payments and plans are always sent.
      </p>
      <form method="post" action={`${UNSUBSCRIBE_ROUTE}?${query}`}>
        <button type="submit" className={buttonClass("primary")}>
          Stop these mails
        </button>
      </form>
    </SignInFrame>
  );
}

const ToProfile = () => (
  <LinkButton href={PROFILE} variant="secondary">
    Profile
  </LinkButton>
);
