import { withoutControls, withoutControlsInLines } from "../../contracts/text.ts";
import type { Webhook, WebhookDelivery, WebhookDeliveryDetail } from "../../contracts/webhook.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFields } from "../terminal/table.ts";
import { formatAge, formatTime } from "../terminal/units.ts";

export function webhookColumns(style: Style): Column<Webhook>[] {
  return [
    { title: "WEBHOOK", cell: ({ id }) => id },
    { title: "STATE", cell: ({ state }) => paintWebhookState(state, style) },
    { title: "URL", cell: ({ url }) => withoutControls(url) },
    { title: "EVENTS", cell: ({ events }) => String(events.length), align: "right" },
    { title: "NOTE", cell: ({ description, disabledReason }) => withoutControls(disabledReason ?? description) },
  ];
}

export function deliveryColumns(style: Style, now: number): Column<WebhookDelivery>[] {
  return [
    { title: "DELIVERY", cell: ({ id }) => id },
    { title: "STATE", cell: ({ state }) => paintDeliveryState(state, style) },
    { title: "EVENT", cell: ({ eventType }) => eventType },
    { title: "TRIES", cell: ({ attempts }) => String(attempts), align: "right" },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
    { title: "NOTE", cell: ({ lastError }) => withoutControls(lastError ?? "") },
  ];
}

export function printWebhook(output: Output, webhook: Webhook): void {
  output.jsonLine(webhook);
  const style = output.out;
  const { failingSince, pausedUntil, previousSecretUntil } = webhook;
  const verify = `reelway webhooks verify ${webhook.id}`;
  output.line(
    renderFields(
      [
        ["webhook", webhook.id],
        ["state", paintWebhookState(webhook.state, style)],
        ["reason", webhook.disabledReason && withoutControls(webhook.disabledReason)],
        ["to do", webhook.verifiedAt === null ? `send back data.challenge of webhook.verify, then: ${verify}` : null],
        ["url", withoutControls(webhook.url)],
        ["description", withoutControls(webhook.description)],
        ["events", webhook.events.join(" ")],
        ["failures", webhook.failures > 0 ? `${webhook.failures} in a row` : null],
        ["failing since", whenOf(failingSince)],
        ["paused until", whenOf(pausedUntil)],
        ["old secret until", whenOf(previousSecretUntil)],
      ],
      style,
    ),
  );
}

export function printDelivery(output: Output, delivery: WebhookDeliveryDetail): void {
  output.jsonLine(delivery);
  const style = output.out;
  const { request, response, lastStatus, lastDurationMs, dueAt } = delivery;
  output.line(
    renderFields(
      [
        ["delivery", delivery.id],
        ["state", paintDeliveryState(delivery.state, style)],
        ["event", `${delivery.eventType} ${delivery.eventId}`],
        ["to", withoutControls(`${delivery.webhookId ?? "the job's own"} ${delivery.url}`)],
        ["tries", String(delivery.attempts)],
        ["next", whenOf(dueAt)],
        ["answer", lastStatus === null ? null : `${lastStatus} after ${lastDurationMs} ms`],
        ["error", delivery.lastError && style.red(withoutControls(delivery.lastError))],
      ],
      style,
    ),
  );
  if (request) {
    const headers = Object.entries(request.headers).map(
      ([name, value]) => `${style.dim(`${name}:`)} ${withoutControls(value)}`,
    );
    output.line(`\n${headers.join("\n")}\n\n${withoutControls(request.body ?? "")}`);
  }
  if (response) output.line(`\n${style.dim("answer")}\n${withoutControlsInLines(response)}`);
}

function whenOf(time: number | null): string | null {
  return time === null ? null : formatTime(time);
}

function paintWebhookState(state: Webhook["state"], style: Style): string {
  if (state === "enabled") return style.green(state);
  return state === "disabled" ? style.red(state) : style.yellow(state);
}

function paintDeliveryState(state: WebhookDelivery["state"], style: Style): string {
  if (state === "delivered") return style.green(state);
  return state === "pending" ? style.cyan(state) : style.red(state);
}
