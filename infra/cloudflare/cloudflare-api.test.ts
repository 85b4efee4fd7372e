import { expect, test } from "vitest";
import { accessOf } from "./cloudflare-api.ts";

test("the account is the variable's, else the deployment's; a variable that a workflow lacks comes empty", () => {
  const token = { CLOUDFLARE_API_TOKEN: "t" };
  expect(accessOf({ ...token, CLOUDFLARE_ACCOUNT_ID: "a" }, "b").accountId).toBe("a");
  expect(accessOf({ ...token, CLOUDFLARE_ACCOUNT_ID: "" }, "b").accountId).toBe("b");
  expect(() => accessOf({ ...token, CLOUDFLARE_ACCOUNT_ID: "" }, null)).toThrow("Set CLOUDFLARE_ACCOUNT_ID");
  expect(() => accessOf({}, "b")).toThrow("Set CLOUDFLARE_API_TOKEN");
});
