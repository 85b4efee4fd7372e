import { expect, test } from "vitest";
import { foundBy } from "./found-by.ts";

const ulid = "01k9zq3v7m5n8r2t4w6x8y0abc";

test("what is searched for is the id of a source, a tag behind #, or part of a file's name", () => {
  expect(foundBy(`ast_${ulid}_weur`)).toEqual({ assetId: `ast_${ulid}_weur` });
  expect(foundBy("#holiday")).toEqual({ tag: "holiday" });
  expect(foundBy("holiday")).toEqual({ sourceName: "holiday" });
  expect(foundBy("100% übrig")).toEqual({ sourceName: "100% übrig" });
});

test("no search narrows nothing, nor does the id of a job, which leads to its page", () => {
  for (const search of ["", `job_${ulid}_weur`]) expect(foundBy(search), search).toEqual({});
});

test("what can be none of them matches no job", () => {
  for (const search of ["#", "# no tag", "a/b"]) expect(foundBy(search), search).toBeNull();
});
