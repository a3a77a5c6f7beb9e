import type { OrderListItem } from "@/lib/billing/orders/queries";
import { Badge, type BadgeTone } from "./badge";

type Status = OrderListItem["status"];

const BADGES: Record<Status, { readonly text: string; readonly tone: BadgeTone }> = {
  pending: { text: "Not paid yet", tone: "sunken" },
  processing: { text: "Confirming", tone: "soft" },
  requires_action: { text: "Waiting for your bank", tone: "warn" },
  declined: { text: "Declined", tone: "danger" },
  paid: { text: "Paid", tone: "good" },
  partially_refunded: { text: "Partly refunded", tone: "plain" },
  refunded: { text: "Refunded", tone: "plain" },
  disputed: { text: "Disputed", tone: "warn" },
  canceled: { text: "Canceled", tone: "plain" },
};

export function OrderBadge({ status }: { readonly status: Status }) {
  const { text, tone } = BADGES[status];
  return <Badge tone={tone}>{text}</Badge>;
}
