import { describe, it } from "vitest";
import { breakers } from "./conformance/breakers.ts";
import { whatComesDue } from "./conformance/due.ts";
import { hedges } from "./conformance/hedges.ts";
import { readyLanes } from "./conformance/lanes.ts";
import { lines } from "./conformance/lines.ts";
import { rows } from "./conformance/rows.ts";
import { shares } from "./conformance/shares.ts";
import type { StoreTest, StoreTestBody } from "./conformance/store-test.ts";
import { restart, transactions } from "./conformance/transactions.ts";

/** Runs `body` with a new, empty store: inside a Durable Object, or right here. */
export type WithStore = (body: StoreTestBody) => Promise<void>;

/** What every QueueStore must do. */
export function queueStoreConformance(name: string, withStore: WithStore): void {
  const test: StoreTest = (title, body) => it(title, () => withStore(body));
  describe(`${name}: rows`, () => rows(test));
  describe(`${name}: ready lanes`, () => readyLanes(test));
  describe(`${name}: lines`, () => lines(test));
  describe(`${name}: what comes due`, () => whatComesDue(test));
  describe(`${name}: hedges`, () => hedges(test));
  describe(`${name}: breakers`, () => breakers(test));
  describe(`${name}: shares`, () => shares(test));
  describe(`${name}: transactions`, () => transactions(test));
  describe(`${name}: a restart`, () => restart(test));
}
