import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { PageLink } from "@/app/_components/page-link";
import { PageTitle } from "@/app/_components/page-title";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { findFactor } from "@/lib/auth/factor";
import { operatorsNeedFactor } from "@/lib/auth/operators-factor";
import { hasPassword } from "@/lib/auth/profile";
import { factorDeps } from "@/lib/auth/second-step";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import { factorUri } from "@/lib/auth/totp";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { BeginForm, CodesForm, ConfirmForm, RemoveForm } from "./forms";
import { SECOND_FACTOR_PATH } from "./path";

type Query = Promise<Record<string, string | string[] | undefined>>;

export default async function SecondFactorPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(SECOND_FACTOR_PATH)]);
  const [factor, withPassword] = await Promise.all([
    findFactor(factorDeps(), customer),
    hasPassword(deps(), customer.userId),
  ]);
  const issuer = env().PRODUCT_NAME;
  const setUp =
    factor.state === "setting_up"
      ? { secret: factor.secret, uri: factorUri(factor.secret, { issuer, email: customer.email }) }
      : null;
  return (
    <>
      <PageTitle title="Second factor" />
      <div className="flex max-w-2xl flex-col gap-4">
        {query.done === "off" && factor.state === "off" && (
          <Notice tone="success" announce>
            Your second factor is off. Your password alone signs you in.
          </Notice>
        )}
        {factor.state === "on" && (
          <State customer={customer} since={factor.since} left={factor.recoveryCodesLeft} />
        )}
        {factor.state === "off" && <BeginForm email={withPassword ? customer.email : null} />}
        {/* Also when it is on: its answer, the recovery codes, stands in it, without JavaScript on a page of its own. */}
        <ConfirmForm setUp={setUp} />
        <CodesForm isOn={factor.state === "on"} />
        {factor.state === "on" && !(customer.isOperator && operatorsNeedFactor()) && <RemoveForm />}
        <p>
          <PageLink href="/settings/profile#second-factor" className="underline">
            Back to Profile
          </PageLink>
        </p>
      </div>
    </>
  );
}

type StateProps = { readonly customer: Customer; readonly since: Date; readonly left: number };

const State = ({ customer: { locale, timeZone }, since, left }: StateProps) => (
  <Panel title="Your second factor is on" id="state">
    <Facts>
      <Fact label="On since">
        <Instant value={since} locale={locale} timeZone={timeZone} variant="short" />
      </Fact>
      <Fact label="Recovery codes left">{left} of 10</Fact>
    </Facts>
  </Panel>
);
