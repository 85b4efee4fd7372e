import { expect } from "vitest";
import type { Visit } from "./visit.ts";

/** What holds for every page, seen as it is now. */
export async function expectGoodPage(visit: Visit, name: string): Promise<void> {
  expect(await visit.layoutShift(), `${name} moves while it loads`).toBeLessThan(0.05);
  expect(await visit.accessibilityFindings(), name).toEqual([]);
  expect(visit.complaints, name).toEqual([]);
  await visit.photograph(name);
}
