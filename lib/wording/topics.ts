import type { MailTopic } from "../outbox/kinds";
import { unreachable } from "../result";

/** What mails of a topic tell of, as it stands behind "mails about". */
export function topicName(topic: MailTopic): string {
  switch (topic) {
    case "low_credits":
      return "credits that run low";
    case "expiring_credits":
      return "add-on credits that expire soon";
    case "expiring_cards":
      return "cards that expire soon";
    default:
      return unreachable(topic);
  }
}
