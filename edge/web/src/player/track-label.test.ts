import { expect, test } from "vitest";
import { trackLabel } from "./track-label.ts";

test("a track is called by its own name, else by its language in words", () => {
  expect(trackLabel({ name: "Director's comments", lang: "en" }, 0)).toBe("Director's comments");
  expect(trackLabel({ name: "en", lang: "en" }, 0)).toBe("English");
  expect(trackLabel({ name: "pt-BR 2", lang: "pt-BR" }, 1)).toBe("Brazilian Portuguese 2");
  expect(trackLabel({ lang: "no such tag" }, 0)).toBe("no such tag");
  expect(trackLabel({}, 1)).toBe("2");
});
