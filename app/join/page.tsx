import type { ReactNode } from "react";
import { ROLE_NAMES, ROLE_RIGHTS } from "@/app/settings/colleagues/words";
import { signInPath } from "@/lib/auth/callback-url";
import { linkPath } from "@/lib/auth/links/token";
import { MAX_NAME_LENGTH } from "@/lib/auth/profile";
import { auth, type Customer } from "@/lib/auth/session";
import { type FoundInvitation, findInvitation } from "@/lib/colleagues/find-invitation";
import { deps } from "@/lib/deps";
import { env } from "@/lib/env";
import { ActionForm } from "../_components/action-form";
import { LinkButton } from "../_components/button";
import { TextField } from "../_components/field";
import { NewPasswordField } from "../_components/new-password-field";
import { SubmitButton } from "../_components/submit-button";
import { signOutAction } from "../sign-in/actions";
import { SignInFrame } from "../sign-in/frame";
import { joinAction } from "./actions";

type Query = Promise<Record<string, string | string[] | undefined>>;

/** Behind an invitation's link. Looking uses nothing up: the form does. */
export default async function JoinPage({ searchParams }: { readonly searchParams: Query }) {
  const [{ token }, customer] = await Promise.all([searchParams, auth()]);
  const found = await findInvitation(deps().db, token);
  if (!found || typeof token !== "string") {
    return (
      <SignInFrame title="This invitation is over">
        <p>
          It was accepted, withdrawn or sent again, or is older than a week. Ask whoever invited you for
          another one.
        </p>
        <LinkButton href="/sign-in" size="large" className="mt-5 w-full">
          Sign in
        </LinkButton>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title={`Join ${found.accountName}`}>
      <p className="break-words">
        <bdi className="font-medium">{found.inviterName}</bdi> invites{" "}
        <bdi className="font-medium">{found.email}</bdi> to this account as{" "}
        {ROLE_NAMES[found.role].toLowerCase()}.
      </p>
      <p className="mt-2 mb-5 text-muted text-sm">{ROLE_RIGHTS[found.role]}</p>
      <WayIn found={found} token={token} customer={customer} />
    </SignInFrame>
  );
}

type WayInProps = {
  readonly found: FoundInvitation;
  readonly token: string;
  readonly customer: Customer | null;
};

function WayIn({ found, token, customer }: WayInProps): ReactNode {
  const { invited } = found;
  switch (invited.kind) {
    case "nobody":
      return env().SIGN_UP === "closed" ? (
        <Closed>Sign-up is closed, and nobody signs in with this address yet.</Closed>
      ) : (
        <NewPerson token={token} email={found.email} />
      );
    case "disabled":
      return <Closed>You cannot sign in here at the moment.</Closed>;
    case "without_account":
      return <Accept token={token}>Join</Accept>;
    case "person":
      if (customer?.userId === invited.userId) return <Accept token={token}>Join</Accept>;
      return customer ? <SomebodyElse customer={customer} /> : <SignInFirst token={token} />;
  }
}

function Closed({ children }: { readonly children: ReactNode }) {
  const { SUPPORT_EMAIL } = env();
  return (
    <p>
      {children} Write to{" "}
      <a href={`mailto:${SUPPORT_EMAIL}`} className="underline">
        {SUPPORT_EMAIL}
      </a>
      .
    </p>
  );
}

function NewPerson({ token, email }: { readonly token: string; readonly email: string }) {
  return (
    <ActionForm action={joinAction} className="space-y-4">
      <input type="hidden" name="token" value={token} />
      <input type="text" autoComplete="username" value={email} readOnly hidden />
      <TextField
        name="name"
        label="Your name"
        autoComplete="name"
        maxLength={MAX_NAME_LENGTH}
        dir="auto"
        required
      />
      <NewPasswordField label="Choose a password" />
      <SubmitButton size="large" className="mt-2 w-full">
        Join
      </SubmitButton>
    </ActionForm>
  );
}

function Accept({ token, children }: { readonly token: string; readonly children: ReactNode }) {
  return (
    <ActionForm action={joinAction}>
      <input type="hidden" name="token" value={token} />
      <SubmitButton size="large" className="w-full">
        {children}
      </SubmitButton>
    </ActionForm>
  );
}

function SignInFirst({ token }: { readonly token: string }) {
  return (
    <>
      <p className="mb-4">You already sign in here: do so, and you will come back to this page.</p>
      <LinkButton
        href={signInPath(linkPath("join", token))}
        variant="primary"
        size="large"
        className="w-full"
      >
        Sign in to join
      </LinkButton>
    </>
  );
}

function SomebodyElse({ customer }: { readonly customer: Customer }) {
  return (
    <>
      <p className="mb-4 break-words">
        You are signed in as <bdi className="font-medium">{customer.email}</bdi>, but this invitation is for
        somebody else. Sign out, open the link again, and sign in with the address it was sent to.
      </p>
      <form action={signOutAction}>
        <SubmitButton size="large" className="w-full">
          Sign out
        </SubmitButton>
      </form>
    </>
  );
}
