import { LinkButton } from "@/app/_components/button";
import { Panel } from "@/app/_components/panel";
import { CARDS } from "../paths";

const FIRST = {
  term: "Choose a plan",
  text: "You pay on our payment provider's page. The plan begins the moment it is paid, with a new billing cycle and its full credits; credits you already have keep their own expiry. It renews at the same price until you change or cancel it.",
} as const;

const RULES = [
  {
    term: "Upgrade",
    text: "Takes effect at once. The full price of the new plan is charged and a new billing cycle begins with the full new credits. Unused plan credits keep their own expiry, and add-on credits last at least until the end of the new cycle. From one yearly plan to a higher one, unused time is credited.",
  },
  {
    term: "Change to a smaller plan",
    text: "Takes effect at the end of what you have paid for. Until then nothing changes, and you can change your mind.",
  },
  {
    term: "Cancel",
    text: "Your plan runs to the end of what you have paid for, then you are on Free and nothing more is charged. Until then you can change your mind.",
  },
] as const;

type Props = { readonly isFree: boolean; readonly mayManage: boolean };

/** What each change does to a person's money and credits, and when. */
export function HowChangesWork({ isFree, mayManage }: Props) {
  const rules = isFree ? [FIRST, ...RULES] : RULES;
  return (
    <Panel
      id="how-changes-work"
      title="How changing plans works"
      actions={mayManage && <LinkButton href={CARDS}>Manage cards</LinkButton>}
    >
      <dl className={`grid gap-x-8 gap-y-4 ${isFree ? "md:grid-cols-2" : "md:grid-cols-3"}`}>
        {rules.map(({ term, text }) => (
          <div key={term}>
            <dt className="font-medium">{term}</dt>
            <dd className="mt-1 text-muted text-sm leading-6">{text}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
