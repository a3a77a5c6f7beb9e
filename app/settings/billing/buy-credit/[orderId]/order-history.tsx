import { Instant } from "@/app/_components/instant";
import { Panel } from "@/app/_components/panel";
import { transitionSentence } from "../../sentences";
import type { OrderScene } from "./order-facts";

/** Every state the order went through. */
export function OrderHistory({ order, where }: OrderScene) {
  return (
    <Panel id="order-history" title="What happened">
      <ol className="border-line border-l">
        {order.history.map((step, index) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: history only grows at its end
            key={index}
            className="relative flex flex-wrap items-baseline justify-between gap-x-4 pb-3 pl-5 last:pb-0"
          >
            <span
              aria-hidden="true"
              data-filled
              className="absolute top-2 -left-[4.5px] size-2 rounded-full bg-line-strong"
            />
            {transitionSentence(step, order.attempts)}
            <Instant value={step.at} className="text-muted text-sm" {...where} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}
