import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { api } from "./support/api.ts";
import { bootstrapped, type TestKey } from "./support/tenants.ts";
import { newUser } from "./support/users.ts";

// Fifty at once, on whatever else the machine does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const Created = z.object({ id: z.string(), secret: z.string().nullish(), token: z.string().nullish() });

let platform: TestKey;
let userId: string;

beforeAll(async () => {
  platform = await bootstrapped();
  ({ id: userId } = await newUser(platform, "forgetful@example.com"));
});

const countOf = async (table: string) => Number(await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first("n"));

describe("fifty identical requests at once with one Idempotency-Key", () => {
  it.each([
    ["/keys", "api_keys", { name: "one" }, true],
    ["/invitations", "invitations", { email: "one@example.com" }, true],
    ["/tenants", "tenants", { name: "one" }, false],
    ["/runners/tokens", "registration_tokens", {}, true],
    ["/users/:user/password-reset", "invitations", undefined, true],
  ] as const)("to %s make one, and show its secret once", async (path, table, body, hasSecret) => {
    const [before, lines] = [await countOf(table), await countOf("audit_log")];
    const send = () =>
      api(path.replace(":user", userId), {
        method: "POST",
        key: platform.secret,
        headers: { "idempotency-key": `fifty-${table}-${hasSecret}-${path.length}` },
        ...(body === undefined ? {} : { body }),
      });
    const answers = await Promise.all(Array.from({ length: 50 }, send));
    const made = await Promise.all(answers.map(async (answer) => Created.parse(await answer.json())));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") !== "true")).toHaveLength(1);
    expect(made.filter(({ secret, token }) => secret ?? token)).toHaveLength(hasSecret ? 1 : 0);
    expect([await countOf(table), await countOf("audit_log")]).toEqual([before + 1, lines + 1]);
  });
});
