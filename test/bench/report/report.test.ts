import { describe, expect, it } from "vitest";
import { milliseconds, perSecond, ratio } from "./figures.ts";
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
