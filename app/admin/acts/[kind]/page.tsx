import { notFound } from "next/navigation";
import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { TextField } from "@/app/_components/field";
import { Notice } from "@/app/_components/notice";
import { PageTitle } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { requireOperator } from "@/lib/auth/operator";
import { countWork, tooOftenSentence } from "@/lib/auth/work-limits";
import { deps } from "@/lib/deps";
import type { Preview, Request } from "@/lib/desk/acts/act";
import { WHY_NO_COUNTER } from "@/lib/desk/acts/no-counter";
import { MAX_REASON } from "@/lib/desk/acts/perform";
import { asksBeforehand, previewAct } from "@/lib/desk/acts/run-act";
import { ACT_NAMES, ANSWER_DECIDES, actRefusalSentence } from "@/lib/desk/acts/words";
import { approvalsOf, env } from "@/lib/env";
import { toPublicId } from "@/lib/ids";
import { performActAction } from "../actions";
import { ACTS_PATH } from "../acts-paths";
import { Lines } from "../lines";
import { ActFields } from "./act-fields";
import { readAsked } from "./read-asked";

const CAN_BE_TAKEN_BACK = "It can be taken back, once, in the list of what was done.";

type Props = {
  readonly params: Promise<{ readonly kind: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
};

/** One act: its fields, then what it would change in numbers, then the button that does it. */
export default async function ActPage({ params, searchParams }: Props) {
  const [{ kind }, query] = await Promise.all([params, searchParams]);
  const operator = await requireOperator(`${ACTS_PATH}/${encodeURIComponent(kind)}`);
  const asked = await readAsked(deps().db, kind, query);
  if (!asked) notFound();
  const { name, request, refusal } = asked;
  const where = { locale: operator.locale, timeZone: operator.timeZone };
  const seen = request && (await preview(request, operator.userId));
  const refused = seen && !seen.ok ? seen.error : refusal;
  return (
    <>
      <PageTitle title={ACT_NAMES[name]} />
      {refused && (
        <Notice tone="danger" className="mb-4">
          {refused.code === "too_often"
            ? tooOftenSentence(refused)
            : `${actRefusalSentence(refused, operator.locale)} Nothing was changed.`}
        </Notice>
      )}
      <div className="space-y-5">
        {!asked.isCounter && (
          <Panel id="asked" title="What to do" description={WHY_NO_COUNTER[name] ?? CAN_BE_TAKEN_BACK}>
            <ActFields kind={name} values={asked.values} />
          </Panel>
        )}
        {request && seen?.ok && <Confirm request={request} preview={seen.value} where={where} />}
      </div>
      <LinkButton href={ACTS_PATH} className="mt-4">
        To all acts
      </LinkButton>
    </>
  );
}

/** What it would do. How often a person may have Stripe asked for that is counted. */
async function preview(request: Request, operatorId: string) {
  if (asksBeforehand(request.kind)) {
    const counted = await countWork(deps().db, operatorId, "preview");
    if (!counted.ok) return counted;
  }
  return previewAct({ ...deps(), approvals: approvalsOf(env()) }, request, operatorId);
}

type ConfirmProps = {
  readonly request: Request;
  readonly preview: Preview;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

function Confirm({ request, preview, where }: ConfirmProps) {
  const { kind, accountId, fields, undoes } = request;
  return (
    <Panel
      id="preview"
      title="What changes"
      description="As it is now. Where something it depends on changes meanwhile, it is refused and shown anew."
    >
      {ANSWER_DECIDES[kind] && (
        <Notice tone="warning" className="mb-4">
          {ANSWER_DECIDES[kind]}
        </Notice>
      )}
      <Lines lines={preview.lines} where={where} />
      {preview.needsApproval && (
        <Notice tone="warning" className="mt-4">
          A second operator has to agree before it is done: with what you did to this account within 24 hours
          it reaches the amount of the settings.
        </Notice>
      )}
      <ActionForm action={performActAction} className="mt-5 max-w-xl space-y-4">
        <input type="hidden" name="act" value={kind} />
        <input type="hidden" name="basis" value={preview.basis} />
        {accountId && <input type="hidden" name="account" value={toPublicId("account", accountId)} />}
        {undoes && <input type="hidden" name="undoes" value={toPublicId("act", undoes)} />}
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <TextField
          name="reason"
          label="Reason"
          hint="Kept with what is done, for everybody who looks later."
          maxLength={MAX_REASON}
          required
        />
        <SubmitButton variant="danger" size="large">
          {ACT_NAMES[kind]}
        </SubmitButton>
      </ActionForm>
    </Panel>
  );
}
