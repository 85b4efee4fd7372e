import { describe, expect, it } from "vitest";
import { neededBytes, SpaceLedger, smallestClaimBytes } from "../../src/storage/space-ledger.ts";

const GIB = 1024 ** 3;

function ledger(maxBytes: number, slots: number, disk = { free: 1_000 * GIB }): SpaceLedger {
  return new SpaceLedger(maxBytes, slots, async () => disk.free);
}

describe("SpaceLedger", () => {
  it("gives each slot its share and no more claims than there is space", async () => {
    const space = ledger(10 * GIB, 2);
    expect((await space.claim())?.bytes).toBe(5 * GIB);
    expect((await space.claim())?.bytes).toBe(5 * GIB);
    expect(await space.claim()).toBeNull();
    expect(space.claimedBytes).toBe(10 * GIB);
  });

  it("shares what the disk has when that is less, counting what others still have coming", async () => {
    const disk = { free: 4 * GIB + 64 * 1024 * 1024 };
    const space = ledger(100 * GIB, 2, disk);
    const first = await space.claim();
    expect(first?.bytes).toBe(2 * GIB);
    if (first) first.usedBytes = GIB;
    disk.free -= GIB;
    expect((await space.claim())?.bytes).toBe(2 * GIB);
    expect(await space.claim()).toBeNull();
  });

  it("claims nothing on a disk that is nearly full", async () => {
    expect(await ledger(10 * GIB, 1, { free: smallestClaimBytes }).claim()).toBeNull();
  });

  it("grows a claim, or says whether others are in the way or it could never be", async () => {
    const space = ledger(10 * GIB, 4);
    const [first, second] = [await space.claim(), await space.claim()];
    if (!first || !second) throw new Error("no claims");
    expect(await space.grow(first, 7 * GIB)).toBe("grown");
    expect(first.bytes).toBe(7 * GIB);
    expect(await space.grow(second, 4 * GIB)).toBe("busy");
    expect(await space.grow(second, 11 * GIB)).toBe("never");
    space.release(first);
    expect(await space.grow(second, 4 * GIB)).toBe("grown");
  });

  it("never promises more than there is, however claims interleave", async () => {
    const space = ledger(10 * GIB, 3);
    const claims = await Promise.all(Array.from({ length: 8 }, () => space.claim()));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(3);
    expect(space.claimedBytes).toBeLessThanOrEqual(10 * GIB);
  });

  it("needs room for a result as large as the inputs", () => {
    expect(neededBytes(GIB)).toBeGreaterThan(2 * GIB);
  });
});
