import { findEmailChange } from "@/lib/auth/change-email";
import { linkPath } from "@/lib/auth/links/token";
import { requireCustomer } from "@/lib/auth/session";
import { deps } from "@/lib/deps";
import { ActionForm } from "../_components/action-form";
import { LinkButton } from "../_components/button";
import { SubmitButton } from "../_components/submit-button";
import { SignInFrame } from "../sign-in/frame";
import { confirmEmailAction } from "./actions";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** Behind the link that is mailed to a new address, for who asked for it. Looking uses nothing up: the form does. */
export default async function ConfirmEmailPage({ searchParams }: { readonly searchParams: Query }) {
  const { token: given } = await searchParams;
  const token = typeof given === "string" ? given.slice(0, 100) : "";
  const customer = await requireCustomer(linkPath("confirm_email", encodeURIComponent(token)));
  const found = await findEmailChange(deps().db, token, customer.userId);
  if (!found) {
    return (
      <SignInFrame title="This link does not work here">
        <p className="mb-5">
          It was used, is older than a day, or belongs to somebody other than <bdi>{customer.email}</bdi>, who
          is signed in here. Nothing was changed.
        </p>
        <LinkButton href="/settings/profile#email" size="large" className="w-full">
          Go to your profile
        </LinkButton>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title="Confirm your e-mail address">
      <ActionForm action={confirmEmailAction} className="space-y-4">
        <p className="break-words">
          From now on you sign in with <bdi className="font-medium">{found.email}</bdi> instead of{" "}
          <bdi className="font-medium">{found.otherEmail}</bdi>. You are signed out everywhere else.
        </p>
        <input type="hidden" name="token" value={token} />
        <SubmitButton size="large" className="mt-2 w-full">
          Use this address
        </SubmitButton>
        <LinkButton href="/settings/profile" size="large" className="w-full">
          Keep the old one
        </LinkButton>
      </ActionForm>
    </SignInFrame>
  );
}
