import { expect, test } from "vitest";
import { newItem, type Standing } from "../upload/item.ts";
import { startWords } from "./start-words.ts";

const item = (name: string, standing: Standing) =>
  newItem(name, 100, { kind: "url", url: `https://example.com/${name}` }, standing);
const sent = (name: string) => item(name, { kind: "done", jobId: "job_1" });
const uploading = (name: string) => item(name, { kind: "uploading", sent: 1, perSecond: null });

test.each([
  [[], "Choose a file or a URL first."],
  [[uploading("a.avi")], "a.avi becomes a job when it is up. Choose another to convert more."],
  [[uploading("a.avi"), uploading("b.avi")], "2 sources become jobs when they are up. Choose more to convert more."],
  [[sent("a.avi"), item("b.avi", { kind: "interrupted", sent: 1, problem: null })], "Choose b.avi again to go on."],
  [[item("a.avi", { kind: "paused", sent: 1 }), uploading("b.avi")], "Resume a.avi to go on."],
  [[item("a.avi", { kind: "failed", error: null })], "Try a.avi again, or choose another."],
  [[sent("a.avi")], "It is sent. Choose another to convert more."],
  [[sent("a.avi"), sent("b.avi")], "All are sent. Choose more to convert more."],
])("says what is true of those that were chosen: %#", (items, words) => {
  expect(startWords(items)).toBe(words);
});
