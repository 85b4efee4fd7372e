import { keyOf } from "./secrets.ts";

export interface SignedMessage {
  /** The event's id: the same in every repeat. */
  readonly id: string;
  /** When it is sent, milliseconds. */
  readonly at: number;
  readonly body: string;
}

/** The headers of Standard Webhooks 1.0; with two secrets two signatures, of which receivers accept either. */
export async function signedHeaders(
  { id, at, body }: SignedMessage,
  secrets: readonly string[],
): Promise<Record<string, string>> {
  const timestamp = timestampOf(at);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => signature(secret, signed)));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** The webhook-timestamp of a call made at this time: seconds. */
export function timestampOf(at: number): string {
  return String(Math.floor(at / 1_000));
}

async function signature(secret: string, signed: Uint8Array): Promise<string> {
  const key = await crypto.subtle.importKey("raw", keyOf(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  return `v1,${btoa(String.fromCharCode(...digest))}`;
}
