import { expect, test } from "vitest";
import { Shelf } from "./shelf.ts";

const first = () => 0;

test("lends what is there, until something fresh is wanted and there is room for it", () => {
  const shelf = new Shelf();
  expect(shelf.borrow("film", false, first)).toBeNull();
  shelf.add("film", "ast_1");
  expect(shelf.borrow("film", false, first)).toBe("ast_1");
  expect(shelf.borrow("film", true, first)).toBeNull();
  for (const id of ["ast_2", "ast_3"]) shelf.add("film", id);
  expect(shelf.borrow("film", true, first)).toBe("ast_1");
});

test("takes away what nobody is ordering with, and never the last of its source", () => {
  const shelf = new Shelf();
  for (const id of ["ast_1", "ast_2"]) shelf.add("film", id);
  expect(shelf.takeAway()).toBeNull();
  shelf.giveBack("ast_2");
  expect(shelf.takeAway()).toBe("ast_2");
  shelf.giveBack("ast_1");
  expect(shelf.takeAway()).toBeNull();
});
