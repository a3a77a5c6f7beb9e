import { ActionForm } from "@/app/_components/action-form";
import { SelectField, TextField } from "@/app/_components/field";
import { NewPasswordField } from "@/app/_components/new-password-field";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { findFactor } from "@/lib/auth/factor";
import { hasPassword, MAX_NAME_LENGTH } from "@/lib/auth/profile";
import { LOCALES, listTimeZones } from "@/lib/auth/regional";
import { factorDeps } from "@/lib/auth/second-step";
import { type Customer, idleSeconds, requireCustomer } from "@/lib/auth/session";
import { listSessions } from "@/lib/auth/sessions";
import { listSignInHistory } from "@/lib/auth/sign-in-history";
import { listAccountsOf } from "@/lib/colleagues/queries";
import { deps } from "@/lib/deps";
import { listOptOuts } from "@/lib/outbox/opt-outs";
import { numberFormat } from "@/lib/wording/formatters";
import { zonePlace } from "@/lib/wording/instants";
import { AccountPanel } from "./account-panel";
import { AccountsPanel } from "./accounts-panel";
import { changePasswordAction, saveProfileAction } from "./actions";
import { EmailPanel } from "./email-panel";
import { FactorPanel } from "./factor-panel";
import { HistoryPanel } from "./history-panel";
import { MailPanel } from "./mail-panel";
import { FOLLOW_BROWSER } from "./paths";
import { SESSIONS_DONE } from "./session-words";
import { SessionsPanel } from "./sessions-panel";

type Query = Promise<Record<string, string | string[] | undefined>>;

export default async function ProfilePage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer("/settings/profile")]);
  const [canChangePassword, factor, sessions, accounts, history, optOuts] = await Promise.all([
    hasPassword(deps(), customer.userId),
    findFactor(factorDeps(), customer),
    listSessions(deps().db, customer.userId, idleSeconds()),
    listAccountsOf(deps().db, customer.userId),
    listSignInHistory(deps().db, customer.userId, { most: 5 }),
    listOptOuts(deps().db, customer.userId),
  ]);
  const left = (["switched", "left"] as const).find((each) => each === query.account);
  const done = SESSIONS_DONE.find((each) => each === query.sessions);
  return (
    <>
      <PageTitle title="Profile" />
      <div className="max-w-2xl space-y-4">
        <AboutPanel customer={customer} />
        <EmailPanel
          email={customer.email}
          hasPassword={canChangePassword}
          isChanged={query.email === "changed"}
        />
        {canChangePassword && <PasswordPanel email={customer.email} />}
        <FactorPanel factor={factor} />
        {customer.role !== "member" && <MailPanel optOuts={optOuts} />}
        <AccountPanel customer={customer} />
        <AccountsPanel customer={customer} accounts={accounts} done={left ?? null} />
        <SessionsPanel customer={customer} sessions={sessions} done={done ?? null} />
        <HistoryPanel events={history.events} where={customer} />
      </div>
    </>
  );
}

const AboutPanel = ({ customer }: { readonly customer: Customer }) => (
  <Panel title="About you" id="about-you">
    <ActionForm action={saveProfileAction} className="space-y-4">
      <TextField
        name="name"
        label="Name"
        defaultValue={customer.name}
        autoComplete="name"
        maxLength={MAX_NAME_LENGTH}
        dir="auto"
        required
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField name="locale" label="Numbers and dates" defaultValue={customer.locale}>
          <LocaleOptions current={customer.locale} />
        </SelectField>
        <SelectField
          name="timeZone"
          label="Time zone"
          defaultValue={customer.zoneFrom === "person" ? customer.timeZone : FOLLOW_BROWSER}
        >
          <option value={FOLLOW_BROWSER}>{followWords(customer)}</option>
          {zoneOptions().map(({ zone, place }) => (
            <option key={zone} value={zone}>
              {place}
            </option>
          ))}
        </SelectField>
      </div>
      <SubmitButton>Save profile</SubmitButton>
    </ActionForm>
  </Panel>
);

const PasswordPanel = ({ email }: { readonly email: string }) => (
  <Panel title="Password" id="password" description="Changing it signs you out everywhere else.">
    <ActionForm action={changePasswordAction} className="space-y-4">
      <input type="text" autoComplete="username" value={email} readOnly hidden />
      <TextField
        name="currentPassword"
        label="Current password"
        type="password"
        autoComplete="current-password"
        maxLength={1024}
        required
      />
      <NewPasswordField />
      <SubmitButton variant="secondary">Change password</SubmitButton>
    </ActionForm>
  </Panel>
);

const zoneOptions = () =>
  listTimeZones()
    .map((zone) => ({ zone, place: zonePlace(zone) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1));

/** Without JavaScript nobody tells which zone that is. */
const followWords = ({ timeZone, zoneFrom }: Customer): string =>
  zoneFrom === "browser" ? `As in my browser: ${zonePlace(timeZone)}` : "As in my browser";

function LocaleOptions({ current }: { readonly current: string }) {
  const names = new Intl.DisplayNames("en", { type: "language", languageDisplay: "standard" });
  const list: string[] = [...LOCALES];
  if (!list.includes(current)) list.unshift(current);
  return list.map((locale) => (
    <option key={locale} value={locale}>
      {names.of(locale)}: {numberFormat(locale, {}).format(1_234_567.89)}
    </option>
  ));
}
