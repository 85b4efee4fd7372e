import { z } from "zod";

export const ReceivedWebhook = z.object({
  at: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type ReceivedWebhook = z.infer<typeof ReceivedWebhook>;

/** What the receiver (webhook-receiver.ts) got under this URL's name, oldest first. */
export async function receivedAt(url: string): Promise<ReceivedWebhook[]> {
  return z.array(ReceivedWebhook).parse(await (await fetch(new URL(new URL(url).pathname, url))).json());
}
