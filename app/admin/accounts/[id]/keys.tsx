import { PageLink } from "@/app/_components/page-link";
import { Panel } from "@/app/_components/panel";
import type { KeysPage } from "@/lib/auth/api-keys";
import { KEYS } from "../../areas";
import { ApiKeys } from "../../keys/api-keys";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly page: KeysPage; readonly where: Where };

/** The newest API keys that may touch this account alone. */
export const Keys = ({ page: { keys, hasMore }, where }: Props) => (
  <Panel id="keys" title="API keys" description="Of this account alone.">
    <ApiKeys
      caption="API keys of the account, the newest first"
      keys={keys}
      where={where}
      isOfOne
      empty="No key is of this account alone."
    />
    <PageLink href={KEYS} className="mt-3 inline-block underline">
      {hasMore ? "Older ones, and keys of every account" : "Keys of every account"}
    </PageLink>
  </Panel>
);
