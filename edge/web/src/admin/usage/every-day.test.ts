import { expect, test } from "vitest";
import { everyDay } from "./every-day.ts";

const figures = {
  ...{ jobsSucceeded: 1, jobsFailed: 0, jobsCanceled: 0, sourceSeconds: 0, workSeconds: 0 },
  ...{ outputBytes: 0, deliveredBytes: 0 },
};

test("a span has all its days, over the end of a month, also those on which nothing was counted", () => {
  const days = everyDay({ from: "2026-02-27", to: "2026-03-02", days: [{ day: "2026-03-01", ...figures }] });
  expect(days.map(({ day, figures: of }) => [day, of?.jobsSucceeded])).toEqual([
    ["2026-02-27", undefined],
    ["2026-02-28", undefined],
    ["2026-03-01", 1],
    ["2026-03-02", undefined],
  ]);
});
