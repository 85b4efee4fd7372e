import "vitest";

declare module "vitest" {
  /** What the setup outside of workerd tells the tests inside. */
  interface ProvidedContext {
    webhookReceiver: string;
  }
}
