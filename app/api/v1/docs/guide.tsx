import type { ReactNode } from "react";
import { Panel } from "@/app/_components/panel";
import { exampleCategory } from "@/lib/catalog/categories";
import type { LedgerLimits } from "@/lib/ledger/limits";
import { formatCredits } from "@/lib/money/format";
import { Code, Sample } from "./code";

/** What holds for every operation. The order is the one in which somebody who begins will ask. */
export const GUIDE = [
  { id: "authentication", title: "Authentication" },
  { id: "account", title: "The account's id" },
  { id: "amounts", title: "Credits, ids and instants" },
  { id: "idempotency", title: "Idempotency" },
  { id: "failure", title: "When you get no answer" },
  { id: "limits", title: "Limits" },
] as const;

type Section = (typeof GUIDE)[number]["id"];

type Settings = { readonly origin: string; readonly perSecond: number; readonly limits: LedgerLimits };

export function Guide({ origin, perSecond, limits }: Settings) {
  const bodies: Record<Section, ReactNode> = {
    authentication: <Authentication origin={origin} />,
    account: <AccountId />,
    amounts: <Amounts limits={limits} />,
    idempotency: <Idempotency />,
    failure: <Failure />,
    limits: <Limits perSecond={perSecond} />,
  };
  return GUIDE.map(({ id, title }) => (
    <Panel key={id} id={id} title={title} className="scroll-mt-4">
      <div className="space-y-3">{bodies[id]}</div>
    </Panel>
  ));
}

function Authentication({ origin }: { readonly origin: string }) {
  return (
    <>
      <p>
        Every request carries an API key: <Code>Authorization: Bearer rk_…</Code>. Whoever runs this server
        makes keys, with the scopes <Code>read</Code> (balances, entries) and <Code>spend</Code> (everything
        that moves credits), for all accounts or for one. A key for one account sees others as if they did not
        exist.
      </p>
      <p>
        Keys are for backends: keep them out of browsers and apps. A revoked key is refused within 10 seconds,
        and one that was given an end from that moment on.
      </p>
      <Sample
        label="With the TypeScript client of this project, lib/client"
        text={`const refill = createRefillClient({ baseUrl: "${origin}", apiKey: process.env.REFILL_API_KEY });
const { result } = await refill.withHold(
  accountId,
  { credits: 12_000, category: "${exampleCategory()}", resource: "large-model" },
  async () => {
    const answer = await askTheModel();
    return { credits: answer.cost, result: answer.text };
  },
);`}
      />
    </>
  );
}

const AccountId = () => (
  <p>
    An account is named by an id that begins with <Code>acct_</Code>. Its owners, and whoever has the billing
    role, find it on their Profile page under Account; whoever runs this server gets it from{" "}
    <Code>npm run customer</Code>, also later with <Code>npm run customer -- show --email …</Code>. It is no
    secret: without a key it opens nothing.
  </p>
);

const Amounts = ({ limits }: { readonly limits: LedgerLimits }) => (
  <>
    <p>
      Credits are whole numbers, written as JSON integers. A spend or a hold names at most{" "}
      {formatCredits(limits.mostPerCall, "en-US")} of them; more is refused with <Code>amount_too_large</Code>
      . A capture takes at most {String(limits.captureTimesHold)} times what was held, or{" "}
      {formatCredits(limits.captureFloor, "en-US")} where that is more; beyond it, it is refused with{" "}
      <Code>capture_too_large</Code>, and the hold stays open. Sums in answers are integers with all their
      digits.
    </p>
    <p>
      Ids are text: <Code>acct_…</Code>, <Code>grt_…</Code>, <Code>hold_…</Code>. Instants are ISO 8601 in
      UTC. Requests may have no members but those that are named here, and none twice; answers may get more of
      them one day.
    </p>
  </>
);

const Idempotency = () => (
  <>
    <p>
      Everything that moves credits carries a key of your own: the header <Code>Idempotency-Key</Code>, or{" "}
      <Code>idempotency_key</Code> on each item of a batch. It is 1 to 255 visible ASCII characters and
      belongs to the account. One key is one effect and one answer, for ever: the same key with the same body
      gives the first answer again, with the header <Code>Idempotency-Replayed: true</Code>; with another body
      it is refused with <Code>idempotency_key_reused</Code>, and nothing happens.
    </p>
    <p>A refusal leaves no trace: after it the key may be tried again, and then counts.</p>
  </>
);

const Failure = () => (
  <>
    <p>
      <strong className="font-semibold">Fail closed:</strong> without an answer, do not begin new work. No
      answer, a broken connection, <Code>unavailable</Code> and <Code>internal</Code> mean that it is not
      known whether it was done. Ask again with the same key and the same body, waiting longer each time; it
      is done at most once.
    </p>
    <p>
      <strong className="font-semibold">The grace is what you hold:</strong> work under a hold that was
      answered may finish without this server and be captured later, until the hold expires (15 minutes if you
      do not say otherwise, at most 24 hours). The credits are set aside, so nobody else can spend them in the
      meantime. An expired hold gives its credits back and can no longer be captured.
    </p>
    <p>
      So hold the most the work may cost, do the work, capture what it did cost. A capture above the hold
      takes the rest from the balance; what is not there becomes debt, which blocks spending until the next
      grant has paid it. Release a hold whose work failed.
    </p>
  </>
);

const Limits = ({ perSecond }: { readonly perSecond: number }) => (
  <>
    <p>
      A key may send {perSecond.toLocaleString("en-US")} requests a second to each server process; a batch is
      one request. Answers say where you are in <Code>RateLimit-Policy</Code> and <Code>RateLimit</Code>{" "}
      (draft-ietf-httpapi-ratelimit-headers-10). Beyond it, and when too much is waiting,{" "}
      <Code>Retry-After</Code> says for how many seconds to stay away.
    </p>
    <p>
      A body has at most 16 KB, that of a batch 1 MB; more is refused with <Code>payload_too_large</Code>.
      Each address has one method, which <Code>OPTIONS</Code> names. Every answer has an{" "}
      <Code>X-Request-Id</Code>: yours, if you sent one of 1 to 128 letters, digits and <Code>. _ : -</Code>.
    </p>
  </>
);
