import type { TestProject } from "vitest/node";
import { startWebhookReceiver } from "./webhook-receiver.ts";

declare module "vitest" {
  interface ProvidedContext {
    webhookReceiver: string;
  }
}

/** A receiver outside of workerd, for tests that run inside. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const receiver = await startWebhookReceiver();
  project.provide("webhookReceiver", receiver.url);
  return receiver.close;
}
