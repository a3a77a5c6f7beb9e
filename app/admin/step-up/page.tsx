import { redirect } from "next/navigation";
import { ActionForm } from "@/app/_components/action-form";
import { buttonClass } from "@/app/_components/button-class";
import { TextField } from "@/app/_components/field";
import { SubmitButton } from "@/app/_components/submit-button";
import { SignInFrame } from "@/app/sign-in/frame";
import { HOME_PATH } from "@/lib/auth/callback-url";
import { listOAuthProviders } from "@/lib/auth/config";
import { STEP_UP_PATH, safeDeskPath } from "@/lib/auth/desk-path";
import { findOperator, requirePossibleOperator } from "@/lib/auth/operator";
import { findProof, type Proof } from "@/lib/auth/step-up";
import { deps } from "@/lib/deps";
import { stepUpAction } from "./actions";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** The desk's own door: an operator proves again who they are, although they are signed in. */
export default async function StepUpPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, operator] = await Promise.all([searchParams, requirePossibleOperator(STEP_UP_PATH)]);
  const callback = safeDeskPath(query.callbackUrl);
  if (await findOperator()) redirect(callback);
  const proof = await findProof(deps().db, operator);
  return (
    <SignInFrame title="Is it you?">
      <p className="mb-5 text-muted">
        You are signed in as <bdi className="text-ink">{operator.email}</bdi>. The desk asks again, and closes
        when it is not used for 15 minutes, or after an hour.
      </p>
      {proof.isFresh === false ? (
        <Providers callback={callback} />
      ) : (
        <ProofForm proof={proof} email={operator.email} callback={callback} />
      )}
      <p className="mt-6 border-line border-t pt-5 text-sm">
        <a href={HOME_PATH} className="underline">
          To your own account
        </a>
      </p>
    </SignInFrame>
  );
}

type FormProps = { readonly proof: Proof; readonly email: string; readonly callback: string };

const ProofForm = ({ proof, email, callback }: FormProps) => (
  <ActionForm action={stepUpAction} className="space-y-4">
    {proof.byPassword && (
      <>
        {/* So that password managers know whose it is. */}
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <TextField
          name="password"
          label="Password"
          type="password"
          autoComplete="current-password"
          maxLength={1024}
          required
        />
      </>
    )}
    {proof.withCode && (
      <TextField
        name="code"
        label="Code"
        hint="The 6 digits your authenticator app shows now, or a recovery code. Each counts once."
        autoComplete="one-time-code"
        maxLength={40}
        required
      />
    )}
    <input type="hidden" name="callbackUrl" value={callback} />
    <SubmitButton size="large" className="mt-2 w-full">
      Open the desk
    </SubmitButton>
  </ActionForm>
);

/** For who has no password: the way to their provider and back, which makes a new session. */
const Providers = ({ callback }: { readonly callback: string }) => (
  <div className="space-y-3">
    <p>You have no password here. Come once more from where you signed in:</p>
    {listOAuthProviders().map((provider) => (
      <form key={provider.id} method="post" action={`/api/auth/signin/${provider.id}`}>
        <input
          type="hidden"
          name="callbackUrl"
          value={`${STEP_UP_PATH}?callbackUrl=${encodeURIComponent(callback)}`}
        />
        <button type="submit" className={buttonClass("secondary", "large", "w-full")}>
          Continue with {provider.name}
        </button>
      </form>
    ))}
  </div>
);
