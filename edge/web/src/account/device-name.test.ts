import { expect, test } from "vitest";
import { deviceName } from "./device-name.ts";

test("a sign-in is called after its browser and system, as people know them", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
  expect(deviceName(chrome, true)).toBe("Chrome on Linux");
  expect(deviceName(`${chrome} Edg/141.0.0.0`, true)).toBe("Edge on Linux");
  const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1";
  expect(deviceName(phone, true)).toBe("Safari on iOS");
  expect(deviceName("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", true)).toBe(
    "Firefox on Android",
  );
});

test("a program is called as it calls itself, and one that says nothing has a name too", () => {
  expect(deviceName("reelway-cli/0.1.0 node/24.1.0", false)).toBe("reelway-cli/0.1.0");
  expect(deviceName("", false)).toBe("A program");
  expect(deviceName("", true)).toBe("A browser");
});
