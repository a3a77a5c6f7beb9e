import { findWayBack } from "@/lib/auth/change-email";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { ActionForm } from "../_components/action-form";
import { SubmitButton } from "../_components/submit-button";
import { SignInFrame } from "../sign-in/frame";
import { undoEmailAction } from "./actions";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** Behind the link that is mailed to the old address. Looking uses nothing up: the form does. */
export default async function UndoEmailPage({ searchParams }: { readonly searchParams: Query }) {
  const { token } = await searchParams;
  const found = await findWayBack(deps().db, token);
  if (!found || typeof token !== "string") {
    const { SUPPORT_EMAIL } = env();
    return (
      <SignInFrame title="This link no longer works">
        <p>
          It was used, or is older than eight days. It changed nothing. If somebody else has your account,
          write to{" "}
          <a href={`mailto:${SUPPORT_EMAIL}`} className="underline">
            {SUPPORT_EMAIL}
          </a>
          .
        </p>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title="Was this not you?">
      <ActionForm action={undoEmailAction} className="space-y-4">
        <p className="break-words">
          Somebody who was signed in as you asked to change the e-mail address of your account from{" "}
          <bdi className="font-medium">{found.email}</bdi> to{" "}
          <bdi className="font-medium">{found.otherEmail}</bdi>.
        </p>
        <p className="break-words text-muted">
          If it was not you: your address stays or becomes <bdi>{found.email}</bdi>, everybody is signed out,
          and the password stops working. You choose a new one next.
        </p>
        <input type="hidden" name="token" value={token} />
        <SubmitButton variant="danger" size="large" className="mt-2 w-full">
          It was not me: undo it
        </SubmitButton>
        <p className="text-muted text-sm">If it was you, you don't need to do anything: close this page.</p>
      </ActionForm>
    </SignInFrame>
  );
}
