import { buttonClass } from "@/app/_components/button-class";
import { PageLink } from "@/app/_components/page-link";
import { Panel } from "@/app/_components/panel";
import type { FactorView } from "@/lib/auth/factor";
import { Badge } from "../billing/badge";
import { SECOND_FACTOR_PATH } from "./second-factor/path";

/** Whether signing in takes a second factor, and the way to where that is changed. */
export function FactorPanel({ factor }: { readonly factor: FactorView }) {
  const isOn = factor.state === "on";
  return (
    <Panel
      title="Second factor"
      id="second-factor"
      description="A code from an app on your phone, asked for after your password."
      actions={<Badge tone={isOn ? "good" : "sunken"}>{isOn ? "On" : "Off"}</Badge>}
    >
      {isOn && factor.recoveryCodesLeft < FEW && (
        <p className="mb-4 text-warn">
          {factor.recoveryCodesLeft === 0
            ? "You have no recovery codes left: make new ones."
            : `You have ${factor.recoveryCodesLeft} recovery codes left: make new ones.`}
        </p>
      )}
      <PageLink href={SECOND_FACTOR_PATH} className={buttonClass("secondary")}>
        {isOn ? "Change or turn off" : "Set up a second factor"}
      </PageLink>
    </Panel>
  );
}

const FEW = 4;
