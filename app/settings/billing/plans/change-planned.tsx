import { Instant } from "@/app/_components/instant";
import type { PlanView } from "@/lib/billing/account-view";
import { Refused } from "./refused";

type Props = {
  readonly title: string;
  readonly subscription: NonNullable<PlanView["subscription"]>;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** Stands where a change would be confirmed that an operator's plan for the subscription rules out. */
export function ChangePlanned({ title, subscription: { planned, cancelAt }, where }: Props) {
  const at = planned?.at ?? cancelAt;
  return (
    <Refused title={title} contact>
      A change is scheduled{" "}
      {at && (
        <>
          for <Instant value={at} {...where} />
        </>
      )}
      , so your plan cannot be changed here. Nothing was changed or charged. If you want something else,
      please contact us.
    </Refused>
  );
}
