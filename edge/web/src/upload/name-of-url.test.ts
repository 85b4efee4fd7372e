import { expect, test } from "vitest";
import { nameOfUrl } from "./name-of-url.ts";

test("a source is called as its address ends, whatever stands there", () => {
  expect(nameOfUrl("https://example.com/films/a%20film.mov?token=1")).toBe("a film.mov");
  expect(nameOfUrl("https://example.com/100%.mp4")).toBe("100%.mp4");
  expect(nameOfUrl("https://example.com/")).toBe("https://example.com/");
});
