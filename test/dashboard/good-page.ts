import { expect } from "vitest";
import type { Visit } from "./visit.ts";

/** What a press brought may move what stands below it, since the last look, by so much in all: nothing moves while a page loads (loading.long.test.ts). */
const mayMove = 0.05;

/** What holds for every page, seen as it is now. */
export async function expectGoodPage(visit: Visit, name: string): Promise<void> {
  const moves = await visit.moves();
  const moved = moves.reduce((sum, { score }) => sum + score, 0);
  expect(moved, `${name} moves: ${JSON.stringify(moves)}`).toBeLessThan(mayMove);
  expect(await visit.accessibilityFindings(), name).toEqual([]);
  expect(await visit.hiddenWidths(), `${name} is wider than the window`).toEqual({ desktop: 0, phone: 0 });
  expect(visit.complaints, name).toEqual([]);
  await visit.photograph(name);
}
