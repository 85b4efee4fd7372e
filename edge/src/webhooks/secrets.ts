import { seal, unseal } from "../auth/sealed.ts";
import { sign } from "../auth/signing.ts";
import type { Settings } from "../settings.ts";

/** Secrets in the form of Standard Webhooks: `whsec_` and the base64 of 32 bytes. */
const PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** Which endpoint a secret belongs to: sealed for one, it opens for no other. */
export interface SecretOwner {
  readonly tenantId: string;
  readonly id: string;
}

export function newSecret(): string {
  return textOf(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** The secret that calls to jobs' own webhookUrl are signed with: derived, one for each tenant, stored nowhere. */
export async function jobSecret(settings: Settings, tenantId: string): Promise<string> {
  return textOf(await sign(settings, "job-webhook", tenantId));
}

export function sealSecret(settings: Settings, owner: SecretOwner, secret: string): Promise<string> {
  return seal(settings, sealContextOfWebhook(owner), secret);
}

export function unsealSecret(settings: Settings, owner: SecretOwner, sealed: string): Promise<string> {
  return unseal(settings, sealContextOfWebhook(owner), sealed);
}

/** The bytes that a secret signs with. */
export function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(secret.slice(PREFIX.length)), (character) => character.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  return PREFIX + btoa(String.fromCharCode(...bytes));
}

export function sealContextOfWebhook({ tenantId, id }: SecretOwner): string {
  return `webhook\n${tenantId}\n${id}`;
}
