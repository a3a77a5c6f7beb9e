import type { OrderListItem } from "@/lib/billing/queries";

type Status = OrderListItem["status"];

const BADGES: Record<Status, { readonly text: string; readonly className: string }> = {
  pending: { text: "Not paid yet", className: "border-line bg-sunken text-ink" },
  processing: { text: "Confirming", className: "border-line bg-soft text-ink" },
  requires_action: { text: "Waiting for your bank", className: "border-warn-line bg-warn-soft text-warn" },
  declined: { text: "Declined", className: "border-danger-line bg-danger-soft text-danger" },
  paid: { text: "Paid", className: "border-good-line bg-good-soft text-good" },
  canceled: { text: "Canceled", className: "border-line bg-panel text-muted" },
};

export function OrderBadge({ status }: { readonly status: Status }) {
  const { text, className } = BADGES[status];
  return (
    <span
      className={`inline-block whitespace-nowrap rounded-full border px-2.5 font-medium text-xs leading-6 ${className}`}
    >
      {text}
    </span>
  );
}
