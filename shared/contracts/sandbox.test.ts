import { expect, test } from "vitest";
import { CapabilityName } from "./runner.ts";
import { SandboxRung, sandboxCapability, sandboxOf } from "./sandbox.ts";

test("a rung is announced among the capabilities, and read back", () => {
  for (const rung of SandboxRung.options) {
    const capability = CapabilityName.parse(sandboxCapability(rung));
    expect(sandboxOf(["engine", capability, "kind:probe"])).toBe(rung);
  }
});

test("a runner that announces none, or one of tomorrow, has none that is known", () => {
  expect(sandboxOf(["kind:probe"])).toBeNull();
  expect(sandboxOf(["sandbox:tomorrow"])).toBeNull();
});
