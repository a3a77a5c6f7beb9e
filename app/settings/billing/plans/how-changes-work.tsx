import { Panel } from "@/app/_components/panel";

const RULES = [
  {
    term: "Upgrade",
    text: "Takes effect at once. The full price of the new plan is charged and a new billing cycle begins with the full new credits. Plan credits you have not used stay until their own end, and add-on credits last at least until the end of the new cycle.",
  },
  {
    term: "Change to a smaller plan",
    text: "Takes effect at the end of what you have paid for. Until then nothing changes, and you can take it back.",
  },
  {
    term: "Cancel",
    text: "Your plan runs to the end of what you have paid for, then you are on Free and nothing more is charged. You can take it back until then.",
  },
] as const;

/** What each change does to a person's money and credits, and when. */
export function HowChangesWork() {
  return (
    <Panel id="how-changes-work" title="What happens when you change plans">
      <dl className="grid gap-x-8 gap-y-4 md:grid-cols-3">
        {RULES.map(({ term, text }) => (
          <div key={term}>
            <dt className="font-medium">{term}</dt>
            <dd className="mt-1 text-muted text-sm leading-6">{text}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
