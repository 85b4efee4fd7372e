import { type Webhook, WebhookEventType } from "@reelway/shared/contracts/webhook";

/** What an endpoint is told of, in as few words as will do. */
export function eventsInWords(events: Webhook["events"]): string {
  const missing = WebhookEventType.options.filter((type) => !events.includes(type));
  if (missing.length === 0) return "all events";
  if (missing.length <= 2) return `all but ${missing.join(" and ")}`;
  return events.join(", ");
}
