import { z } from "zod";

export const ReceivedWebhook = z.object({
  at: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type ReceivedWebhook = z.infer<typeof ReceivedWebhook>;

/** The events that the receiver (webhook-receiver.ts) got under this URL's name, oldest first. */
export function receivedAt(url: string): Promise<ReceivedWebhook[]> {
  return callsAt(new URL(new URL(url).pathname, url));
}

/** The webhook.verify calls that it got there, oldest first. */
export function askedAt(url: string): Promise<ReceivedWebhook[]> {
  return callsAt(new URL(`${new URL(url).pathname}?asked`, url));
}

/** Has it send back the challenges from now on, if it was made with `?verify=later`. */
export async function agreeAt(url: string): Promise<void> {
  await fetch(new URL(`${new URL(url).pathname}?agree`, url), { method: "POST" });
}

async function callsAt(url: URL): Promise<ReceivedWebhook[]> {
  return z.array(ReceivedWebhook).parse(await (await fetch(url)).json());
}
