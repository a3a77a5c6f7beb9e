import { Credits } from "@/app/_components/amounts";
import { DataTable } from "@/app/_components/data-table";
import { Notice } from "@/app/_components/notice";
import { PageLink } from "@/app/_components/page-link";
import { TabTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { LookAt } from "@/app/_components/sending";
import { deps } from "@/lib/deps";
import { goOnFor } from "@/lib/go-on-for";
import { foldLongTail } from "@/lib/ledger/fold-usage";
import type { BalanceView, GrantView } from "@/lib/ledger/queries";
import { getUsage, type UsageView } from "@/lib/ledger/usage";
import { listUsage } from "@/lib/ledger/usage-spends";
import { numberFormat } from "@/lib/wording/formatters";
import { formatInstant } from "@/lib/wording/instants";
import { CreditFigures } from "../credit-figures";
import { grantColumns } from "../grant-columns";
import { type GrantNames, readGrantNames } from "../grant-names";
import { loadBilling } from "../load-billing";
import { type Query, USAGE } from "../paths";
import { BLOCKING, Strip } from "../strip/strip";
import { Filters, Presets } from "./filters";
import { Models } from "./models";
import { Spends } from "./spends";
import { dayName, UsageChart } from "./usage-chart";
import { readUsageQuery, USAGE_PROBLEMS, type UsageQuery, usagePath } from "./usage-query";

/** So long a page waits at most for usage to be added up. */
const ADD_UP_MS = 5_000;

export default async function UsagePage({ searchParams }: { readonly searchParams: Query }) {
  const [query, billing] = await Promise.all([searchParams, loadBilling(USAGE)]);
  const { account, balance, where } = billing;
  const { accountId, locale, timeZone } = billing.customer;
  const { db, log } = deps();
  // So much waits to be added up that the account was read without it. A cleanup that spares the next reader time: the
  // figures are right without it.
  if (account.recentUse === null) {
    await foldLongTail(db, accountId, goOnFor(ADD_UP_MS)).catch((error: unknown) =>
      log.warn({ err: error, accountId }, "usage was not added up before it was shown"),
    );
  }
  const asked = readUsageQuery(query, { ...account, timeZone });
  const cursor = typeof query.before === "string" ? query.before : null;
  const [usage, page] = await Promise.all([
    getUsage(db, accountId, asked.filter),
    listUsage(db, accountId, asked.filter, cursor),
  ]);
  const taken = page.spends.flatMap(({ from }) => from.flatMap(({ grant }) => (grant ? [grant] : [])));
  const names = await readGrantNames(db, accountId, [...balance.grants, ...taken], account);
  const shown = { usage, filter: asked.filter, locale };
  return (
    <>
      <TabTitle title="Usage" />
      <LookAt inMs={account.period.end.getTime() - account.now.getTime()} />
      <Strip {...billing} only={BLOCKING} />
      <Panel id="balance" title="Balance">
        <CreditFigures balance={balance} where={where} />
      </Panel>
      <UsedPanel usage={usage} asked={asked} used={balance.used} where={where} />
      {usage.credits > 0n && (
        <>
          <Models {...shown} />
          <Spends names={names} page={page} filter={asked.filter} isNewest={cursor === null} where={where} />
        </>
      )}
      <UsedBySource names={names} balance={balance} where={where} />
    </>
  );
}

type Where = { readonly locale: string; readonly timeZone: string };
type Shown = { readonly usage: UsageView; readonly asked: UsageQuery; readonly locale: string };
type UsedProps = {
  readonly usage: UsageView;
  readonly asked: UsageQuery;
  /** Of the running cycle's credits. */
  readonly used: bigint;
  readonly where: Where;
};

function UsedPanel({ usage, asked, used, where }: UsedProps) {
  const { locale } = where;
  return (
    <Panel id="used" title="Used" description={daysInWords(asked, where)} actions={<Presets asked={asked} />}>
      {asked.problems.map((problem) => (
        <Notice key={problem} tone="warning" announce className="mb-4">
          {USAGE_PROBLEMS[problem]} {INSTEAD[problem]}
        </Notice>
      ))}
      <Filters asked={asked} knownModels={usage.knownResources} />
      <div className="mt-6 border-line border-t pt-5">
        {usage.credits > 0n ? (
          <>
            <Total usage={usage} locale={locale} />
            <Beyond usage={usage} asked={asked} used={used} where={where} />
            <UsageChart usage={usage} filter={asked.filter} locale={locale} />
          </>
        ) : (
          <NothingUsed asked={asked} />
        )}
      </div>
    </Panel>
  );
}

/** A cycle goes by instants, and so begins and ends within a day. */
function daysInWords({ filter: { from, to, cycle, within } }: UsageQuery, where: Where): string {
  if (cycle && within) {
    const start = formatInstant(within.start, where, "short");
    return cycle === "cycle"
      ? `This billing cycle, since ${start}.`
      : `The last billing cycle, from ${start} to ${formatInstant(within.end, where, "short")}.`;
  }
  return `Whole days, from ${dayName(from, where.locale)} to ${dayName(to, where.locale)}.`;
}

/** What running work took that no credits were left for is used, and in no figure of the credits there were. */
function Beyond({ usage, asked: { filter, preset }, used, where }: UsedProps) {
  const isWhole = preset === "cycle" && filter.category === null && filter.resource === null;
  const beyond = usage.credits - used;
  if (!isWhole || beyond <= 0n) return null;
  return (
    <p className="text-muted text-sm">
      <Credits value={beyond} locale={where.locale} /> of them beyond the credits you had: they were or are
      owed.
    </p>
  );
}

const Total = ({ usage, locale }: Pick<Shown, "usage" | "locale">) => (
  <p data-total>
    <Credits value={usage.credits} locale={locale} className="font-semibold text-2xl" />{" "}
    <span className="text-muted">
      credits in {numberFormat(locale, {}).format(usage.spends)} {usage.spends === 1n ? "spend" : "spends"}
    </span>
  </p>
);

function NothingUsed({ asked: { filter, preset } }: Pick<Shown, "asked">) {
  const isNarrow = filter.category !== null || filter.resource !== null;
  const wider = isNarrow
    ? { href: usagePath({ ...filter, category: null, resource: null }), label: "Show all of these days" }
    : preset !== "90d" && {
        href: usagePath({ preset: "90d", category: null, resource: null }),
        label: "Look at 90 days",
      };
  return (
    <p className="text-muted">
      {isNarrow ? "Nothing on these days matches." : "No credits were used on these days."}{" "}
      {wider && (
        <PageLink href={wider.href} className="whitespace-nowrap text-accent underline">
          {wider.label}
        </PageLink>
      )}
    </p>
  );
}

const INSTEAD: typeof USAGE_PROBLEMS = {
  range: "Here is the current billing cycle instead.",
  category: "Here are all of them.",
  model: "Here are all of them.",
};

function UsedBySource({
  names,
  balance,
  where,
}: {
  readonly names: GrantNames;
  readonly balance: BalanceView;
  readonly where: { readonly locale: string; readonly timeZone: string };
}) {
  const { source, used, paidBack, held, left, granted, expires } = grantColumns(names, where);
  const isShown = (grant: GrantView) => grant.revoked < grant.credits;
  const grants = balance.grants.filter(isShown);
  return (
    <Panel
      id="used-by-source"
      title="Used by source"
      description="Of the credits you have now. Plan credits are spent first."
    >
      <DataTable
        caption="Credits used, by where they come from"
        columns={[
          source,
          expires,
          granted,
          used,
          ...(grants.some((each) => each.paidBack > 0n) ? [paidBack] : []),
          ...(grants.some((each) => each.held > 0n) ? [held] : []),
          left,
        ]}
        rows={grants}
        rowKey={(grant) => grant.id}
        empty="You have no credits at the moment."
      />
    </Panel>
  );
}
