import type { ReactNode } from "react";
import { ActionForm } from "@/app/_components/action-form";
import { TextField } from "@/app/_components/field";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { beginFactorAction, confirmFactorAction, removeFactorAction, replaceCodesAction } from "./actions";
import { Once } from "./once";
import { QrCode } from "./qr-code";

/** The first step: who is it? With `email`, by the password that belongs to it. */
export const BeginForm = ({ email }: { readonly email: string | null }) => (
  <Panel
    title="Set up a second factor"
    id="begin"
    description="Signing in then takes a code from an authenticator app on your phone as well: whoever gets hold of your password alone stays out."
  >
    <ActionForm action={beginFactorAction} className="space-y-4">
      {email && (
        <>
          <input type="text" autoComplete="username" value={email} readOnly hidden />
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
      <SubmitButton>Continue</SubmitButton>
    </ActionForm>
  </Panel>
);

type SetUp = { readonly secret: string; readonly uri: string };

/** The second step: the app learns the secret and shows that it has. */
export function ConfirmForm({ setUp }: { readonly setUp: SetUp | null }) {
  return (
    // No box of its own: there is nothing in it while there is nothing to confirm.
    <ActionForm action={confirmFactorAction} className="contents">
      <Once>{setUp && <Scan {...setUp} />}</Once>
    </ActionForm>
  );
}

const Scan = ({ secret, uri }: SetUp) => (
  <Panel title="Scan this with your authenticator app" id="scan">
    <div className="flex flex-col gap-x-7 gap-y-5 sm:flex-row">
      <QrCode text={uri} label="QR code of the secret that is written beside it" />
      <div className="min-w-0 space-y-4">
        <div>
          <p className="mb-1 text-muted text-sm">
            You cannot scan it? Type this secret into your app: time-based, 6 digits.
          </p>
          <code className="select-all font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
            {secret.replace(/.{4}(?=.)/g, "$& ")}
          </code>
        </div>
        <CodeField hint="The 6 digits your app shows now." />
        <SubmitButton>Turn on</SubmitButton>
      </div>
    </div>
  </Panel>
);

export function CodesForm({ isOn }: { readonly isOn: boolean }) {
  return (
    <ActionForm action={replaceCodesAction} className="contents">
      <Once>
        {isOn && (
          <ByCode
            title="Recovery codes"
            id="recovery-codes"
            description="Each signs you in once when you do not have your app. Make new ones when you are running out, or somebody may have seen them."
          >
            <SubmitButton variant="secondary">Make new recovery codes</SubmitButton>
          </ByCode>
        )}
      </Once>
    </ActionForm>
  );
}

export const RemoveForm = () => (
  <ActionForm action={removeFactorAction} className="contents">
    <ByCode title="Turn off" id="turn-off" description="Your password alone signs you in then.">
      <SubmitButton variant="danger">Turn off</SubmitButton>
    </ByCode>
  </ActionForm>
);

type ByCodeProps = {
  readonly title: string;
  readonly id: string;
  readonly description: string;
  readonly children: ReactNode;
};

const ByCode = ({ children, ...panel }: ByCodeProps) => (
  <Panel {...panel}>
    <div className="space-y-4">
      <CodeField hint="From your app, or a recovery code." isEither />
      {children}
    </div>
  </Panel>
);

const CodeField = ({ hint, isEither = false }: { readonly hint: string; readonly isEither?: boolean }) => (
  <TextField
    name="code"
    label="Code"
    hint={hint}
    autoComplete="one-time-code"
    inputMode={isEither ? "text" : "numeric"}
    autoCapitalize="none"
    spellCheck={false}
    maxLength={40}
    required
  />
);
