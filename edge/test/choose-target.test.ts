import { newRegionalId } from "@reelway/shared/ids";
import { limits } from "@reelway/shared/limits";
import { type RegionId, regionIds } from "@reelway/shared/regions";
import { expect, test } from "vitest";
import { type Targets, type Traveller, targetFor } from "../src/regions/choose-target.ts";

test("one that is moved on and on ends where it is", () => {
  const job = jobFor("weur");
  const targets: Targets = new Map(regionIds.map((region) => [region, [{ capabilities: ["kind:probe"] }]]));
  const moves = (count: number): RegionId[] =>
    Array.from({ length: count }, (_, index) => (index % 2 ? "weur" : "enam"));
  const to = (count: number) => targetFor({ job, allowedRegions: null, movedTo: moves(count) }, "no_runners", targets);
  expect(to(limits.movesPerJob - 1)).toBe("enam");
  expect(to(limits.movesPerJob)).toBeUndefined();
});

test("only where a live runner can do it", () => {
  const job = { ...jobFor("weur"), runnerLabels: ["gpu"] };
  const targets: Targets = new Map([
    ["enam", [{ capabilities: ["kind:probe"] }]],
    ["apac", [{ capabilities: ["kind:transcode", "label:gpu"] }, { capabilities: ["kind:probe", "label:gpu"] }]],
  ]);
  expect(targetFor({ job, allowedRegions: null, movedTo: [] }, "no_runners", targets)).toBe("apac");
  expect(targetFor({ job, allowedRegions: ["weur", "enam"], movedTo: [] }, "no_runners", targets)).toBeUndefined();
});

test("sooner where a runner takes it at once than where all that can hold back, however near that is", () => {
  const job = jobFor("weur");
  const dear = { capabilities: ["kind:probe"], holdBackMs: 600_000 };
  const cheap = { capabilities: ["kind:probe"], holdBackMs: 0 };
  const unable = { capabilities: ["kind:thumbnail"], holdBackMs: 0 };
  const to = (enam: typeof dear, apac: typeof dear) => {
    const targets: Targets = new Map([
      ["enam", [unable, dear, enam]],
      ["apac", [unable, dear, apac]],
    ]);
    return targetFor({ job, allowedRegions: null, movedTo: [] }, "overdue", targets);
  };
  expect(to(cheap, cheap)).toBe("enam");
  expect(to(unable, cheap)).toBe("apac");
  expect(to(unable, unable), "all hold back").toBe("enam");
});

function jobFor(region: RegionId): Traveller {
  const ids = { id: newRegionalId("job", region), assetId: newRegionalId("ast", region) };
  return { ...ids, region, spec: { kind: "probe" }, hardware: "prefer", runnerLabels: [] };
}
