import { describe, expect, it } from "vitest";
import { firstUserOf } from "../../src/box/users.ts";

const whole = "         0          0 4294967295\n";
/** As rootless podman maps them: the caller as root, and the numbers that /etc/subuid gives. */
const rootless = "         0       1000          1\n         1     100000      65536\n";

describe("the users that programs become", () => {
  it("are those that are set, where the user namespace has them", () => {
    expect(firstUserOf(70_000, 8, [whole, whole])).toBe(70_000);
    expect(firstUserOf(500, 8, [whole, whole])).toBe(500);
  });

  it("are the highest that a container maps, where it lacks those, and never `nobody`", () => {
    expect(firstUserOf(70_000, 8, [rootless, rootless])).toBe(65_526);
    expect(firstUserOf(70_000, 8, ["0 1000 1\n1 100000 20000\n", rootless])).toBe(19_993);
  });

  it("are none where as a user and as a group there are not so many", () => {
    expect(firstUserOf(70_000, 8, ["0 1000 1\n", "0 1000 1\n"])).toBeNull();
    expect(firstUserOf(70_000, 8, [rootless, "0 1000 1\n"])).toBeNull();
  });
});
