import type { Preset } from "@reelway/shared/contracts/preset";
import { presets } from "@reelway/shared/presets/catalogue";
import { expect, test } from "vitest";
import { presetGroups } from "./preset-groups.ts";

test("every preset can be chosen, in one group", () => {
  const shown = presetGroups(presets).flatMap((group) => group.presets.map(({ name }) => name));
  expect(shown.sort()).toEqual(presets.map(({ name }) => name).sort());
});

test("a preset of any other kind has its place as well, and a group without any is not shown", () => {
  const facts: Preset = { name: "facts", version: 1, title: "Facts", description: "", spec: { kind: "probe" } };
  expect(presetGroups([facts])).toEqual([{ title: "Pictures and facts", presets: [facts] }]);
});
