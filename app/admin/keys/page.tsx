import { LinkButton } from "@/app/_components/button";
import { PagePanel } from "@/app/_components/page-title";
import { PageTurner } from "@/app/settings/billing/page-turner";
import { listApiKeys } from "@/lib/auth/api-keys";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { ACT_NAMES } from "@/lib/desk/acts/words";
import { fromPublicId, toPublicId } from "@/lib/ids";
import { actPath } from "../acts/acts-paths";
import { KEYS, single } from "../areas";
import { ApiKeys } from "./api-keys";

type Props = { readonly searchParams: Promise<Record<string, string | string[] | undefined>> };

/** All API keys, a page at a time. */
export default async function KeysPage({ searchParams }: Props) {
  const operator = await requireOperator(KEYS);
  const before = fromPublicId("apiKey", single(await searchParams, "before"));
  const { keys, hasMore } = await listApiKeys(deps().db, { before });
  const last = keys.at(-1);
  return (
    <PagePanel
      id="keys"
      title="API keys"
      description="Who may spend and read through the API. Of each only a hash is kept: none can be shown again."
    >
      <ApiKeys
        caption="API keys, the newest first"
        keys={keys}
        where={operator}
        empty={before ? "There are no older ones." : "There is no API key yet."}
      />
      <PageTurner
        label="Pages of the API keys"
        newest={before && KEYS}
        older={hasMore && last ? `${KEYS}?before=${toPublicId("apiKey", last.id)}` : null}
      />
      <LinkButton href={actPath("issue_key")} className="mt-4">
        {ACT_NAMES.issue_key}
      </LinkButton>
    </PagePanel>
  );
}
