import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStack, type TestStack } from "../../support/test-stack.ts";

/** More than one address may try in two windows of the limit, which the tries may fall into. */
const tries = 70;

/** A guess at a registration token, from wherever these headers say. */
async function guess({ url }: TestStack, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(`${url}/api/v1/runners/register`, {
    ...{ method: "POST", headers: { "content-type": "application/json", ...headers }, body: "{}" },
    signal: AbortSignal.timeout(30_000),
  });
  return answer.status;
}

/** How many of the guesses were turned away by the limit. */
async function refusals(stack: TestStack, headers: (index: number) => Record<string, string>): Promise<number> {
  const statuses: number[] = [];
  for (let index = 0; index < tries; index++) statuses.push(await guess(stack, headers(index)));
  expect(statuses.filter((status) => status !== 422 && status !== 429)).toEqual([]);
  return statuses.filter((status) => status === 429).length;
}

const another = (index: number) => `198.51.100.${index + 1}`;

describe("with nothing before the stack", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack({ settings: { RATE_LIMITS: "on" } });
  });
  afterAll(() => stack.stop());

  test("no header makes one caller many", async () => {
    for (const more of [{}, { "mf-proxy-shared-secret": "" }])
      expect(
        await refusals(stack, (index) => ({
          ...more,
          "cf-connecting-ip": another(index),
          "x-forwarded-for": another(index),
          "x-real-ip": another(index),
          forwarded: `for=${another(index)}`,
        })),
      ).toBeGreaterThan(0);
  });

  test("nor leads to another path, place or part of the simulator", async () => {
    const ask = (headers: Record<string, string>) => fetch(`${stack.url}/healthz`, { headers });
    const plain = await (await ask({})).json();
    for (const headers of [
      { "mf-original-url": `${stack.url}/api/v1/jobs` },
      { "mf-route-override": "core:entry" },
      { "mf-cf-blob": "{" },
      { "mf-cf-blob": '{"country":"T1","continent":"XX"}' },
      { "mf-original-hostname": "elsewhere.example" },
      { "mf-original-url": `${stack.url}/api/v1/jobs`, "mf-proxy-shared-secret": "" },
    ]) {
      const answer = await ask(headers);
      expect([JSON.stringify(headers), answer.status]).toEqual([JSON.stringify(headers), 200]);
      expect(await answer.json()).toEqual(plain);
    }
  });

  test("and who claims to know its secret is turned away", async () => {
    const answer = await fetch(`${stack.url}/healthz`, { headers: { "mf-proxy-shared-secret": "x".repeat(64) } });
    expect(answer.status).toBe(400);
  });
});

describe("behind a proxy that is named", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack({ settings: { RATE_LIMITS: "on", TRUSTED_PROXIES: "127.0.0.0/8" } });
  });
  afterAll(() => stack.stop());

  test("those it forwards for are told apart", async () => {
    expect(await refusals(stack, (index) => ({ "x-forwarded-for": another(index) }))).toBe(0);
  });

  test("and by its own word alone, not by what they had written before it", async () => {
    const caller = "203.0.113.77";
    expect(await refusals(stack, (index) => ({ "x-forwarded-for": `${another(index)}, ${caller}` }))).toBeGreaterThan(
      0,
    );
  });

  test("the log of changes names the caller", async () => {
    await fetch(`${stack.url}/api/v1/runners/tokens`, {
      method: "POST",
      headers: {
        ...{ authorization: `Bearer ${stack.key}`, "content-type": "application/json" },
        ...{ "x-forwarded-for": "192.0.2.1, 203.0.113.78", "cf-ipcountry": "JP" },
      },
      body: JSON.stringify({ region: "enam" }),
    });
    const { items } = await stack.client.audit.list({ limit: 1 });
    expect(items[0]).toMatchObject({ ip: "203.0.113.78", country: null });
  });
});
