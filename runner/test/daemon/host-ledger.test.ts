import { expect, it } from "vitest";
import { HostLedger } from "../../src/daemon/host-ledger.ts";

const GIB = 1024 ** 3;
const host = () => new HostLedger({ cores: 16, memoryBytes: 15.6 * GIB });
const small = { cores: 1, memoryBytes: 0.3 * GIB, encodes: 0 };
const film = { cores: 12, memoryBytes: 5.5 * GIB, encodes: 6 };

it("gives a task that is alone all cores that it can use, and shares among those that come together", () => {
  expect(host().claim(film, 0).cores).toBe(12);
  const crowded = host();
  expect([3, 2, 1, 0].map((companions) => crowded.claim(film, companions).cores)).toEqual([4, 4, 4, 4]);
});

it("gives what a task can't use to its companions, and one core to whoever comes when none is free", () => {
  const ledger = host();
  expect([ledger.claim(small, 1).cores, ledger.claim(film, 0).cores]).toEqual([1, 12]);
  ledger.claim(film, 0);
  expect(ledger.claim(film, 0).cores).toBe(1);
});

it("takes off the tiers of memory that its tasks hold, and has them back when these end", () => {
  const ledger = host();
  expect([ledger.tiers, ledger.takenTiers]).toEqual([["memory:4", "memory:8", "memory:16"], []]);
  const first = ledger.claim(film, 0);
  expect(ledger.takenTiers).toEqual(["memory:16"]);
  const second = ledger.claim(film, 0);
  expect(ledger.takenTiers).toEqual(["memory:8", "memory:16"]);
  ledger.release(first);
  ledger.release(second);
  expect(ledger.takenTiers).toEqual([]);
});

it("lets a task hold what it turns out to take, as far as the others leave that tier, and gives it all back", () => {
  const ledger = new HostLedger({ cores: 4, memoryBytes: 8 * GIB });
  const [first, second] = [ledger.claim({ ...film, memoryBytes: GIB }, 0), ledger.claim(small, 0)];
  expect(ledger.settle(first, 3.6 * GIB)).toBe(true);
  expect(ledger.settle(second, 4.5 * GIB)).toBe(false);
  expect(ledger.takenTiers).toEqual(["memory:8"]);
  expect(ledger.settle(second, 1.9 * GIB)).toBe(true);
  expect(ledger.takenTiers).toEqual(["memory:4", "memory:8"]);
  ledger.release(first);
  expect(ledger.settle(second, 4.5 * GIB)).toBe(true);
  ledger.release(second);
  expect(ledger.takenTiers).toEqual([]);
  // What is alone on a host that is too small for it is for another.
  expect(ledger.settle(ledger.claim(small, 0), 12 * GIB)).toBe(false);
});

it("begins nothing more when its memory is spoken for, but always one task", () => {
  const ledger = new HostLedger({ cores: 2, memoryBytes: 1 * GIB });
  expect(ledger.hasRoom).toBe(true);
  const share = ledger.claim({ ...small, memoryBytes: 0.8 * GIB }, 0);
  expect(ledger.hasRoom).toBe(false);
  ledger.release(share);
  expect(ledger.hasRoom).toBe(true);
});
