import { describe, expect, it } from "vitest";
import { milliseconds, perSecond, ratio } from "./figures.ts";
import { conversionSection } from "./sections.ts";
import { table } from "./table.ts";

describe("table", () => {
  it("lines up, text to the left and figures to the right", () => {
    expect(table(["what", "us"], [["jobs", "1,200/s"]])).toBe(
      ["| what |      us |", "| ---- | ------: |", "| jobs | 1,200/s |"].join("\n"),
    );
  });
});

describe("figures", () => {
  it("choose the unit by size", () => {
    expect([0.824, 12.34, 123.4, 1_240].map(milliseconds)).toEqual(["0.82 ms", "12.3 ms", "123 ms", "1.24 s"]);
  });

  it("show what was not measured as a dash, never as zero", () => {
    expect([milliseconds(null), perSecond(Number.NaN), ratio(1, null), ratio(1, 0)]).toEqual(["–", "–", "–", "–"]);
  });

  it("give ours per theirs", () => {
    expect(ratio(50, 100)).toBe("0.50×");
  });
});

describe("conversionSection", () => {
  const pair = (leasedMs: number, plainMs: number) => ({
    ...{ leasedMs, plainMs, downloadMs: 1, processMs: 1, uploadMs: 1 },
    journeyMs: 1,
  });

  it("gives the median of the pairs' own ratios, not the ratio of the medians", () => {
    const section = conversionSection([pair(1_020, 1_000), pair(1_133, 1_030), pair(1_040, 1_000)]);
    expect(section).toContain("plain ffmpeg: 1.040 (median");
    expect(section).not.toContain("Disturbed");
  });

  it("says so when the same command did not take the same time", () => {
    expect(conversionSection([pair(1_000, 1_000), pair(1_300, 1_300)])).toContain("1.00 s to 1.30 s");
  });
});
