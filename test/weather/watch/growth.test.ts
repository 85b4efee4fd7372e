import { expect, test } from "vitest";
import { growthOf, type ProcessSample } from "./growth.ts";

const mebibyte = 1024 * 1024;

/** A process that is looked at every second for so many minutes. */
function life(minutes: number, memory: (second: number) => number, handles = (_second: number) => 40): ProcessSample[] {
  return Array.from({ length: minutes * 60 }, (_, second) => ({
    ...{ at: second * 1_000, name: "runner-1", pid: 7 },
    ...{ residentBytes: memory(second) * mebibyte, handles: handles(second) },
  }));
}

const [steady] = growthOf(
  life(20, (second) => 150 + (second % 60)),
  [],
);

test("garbage that comes and goes is no leak", () => {
  expect(steady).toMatchObject({
    name: "runner-1",
    pid: 7,
    memory: { leaks: false, grown: 0 },
    handles: { leaks: false },
  });
});

test("a warm-up is no leak", () => {
  const [warm] = growthOf(
    life(20, (second) => Math.min(300, 100 + 3 * second)),
    [],
  );
  expect(warm?.memory).toMatchObject({ leaks: false });
});

test("what never comes back is one, below the garbage", () => {
  const [leaking] = growthOf(
    life(20, (second) => 150 + (second % 60) + second / 10),
    [],
  );
  expect(leaking?.memory.leaks).toBe(true);
  expect(leaking?.memory.grown).toBeGreaterThan(80 * mebibyte);
});

test("one peak in the middle is none", () => {
  const [peaked] = growthOf(
    life(20, (second) => (second > 500 && second < 700 ? 900 : 150)),
    [],
  );
  expect(peaked?.memory.leaks).toBe(false);
});

test("a handle that is kept now and then is a leak", () => {
  const [leaking] = growthOf(
    life(
      20,
      () => 150,
      (second) => 40 + Math.floor(second / 40),
    ),
    [],
  );
  expect(leaking).toMatchObject({ memory: { leaks: false }, handles: { leaks: true } });
});

test("a short life is not judged, and each life for itself", () => {
  expect(
    growthOf(
      life(5, (second) => second),
      [],
    ),
  ).toEqual([]);
  const next = life(20, () => 150).map((sample) => ({ ...sample, pid: 8, at: sample.at + 1_200_000 }));
  expect(growthOf([...life(20, () => 900), ...next], []).map(({ pid, memory }) => [pid, memory.leaks])).toEqual([
    [7, false],
    [8, false],
  ]);
});

test("of workerd's memory what the Worker holds is judged, and not the simulators", () => {
  const growing = life(20, (second) => 150 + second).map((sample) => ({ ...sample, name: "workerd" }));
  const heap = (bytes: (second: number) => number) =>
    growing
      .filter((_, second) => second % 15 === 0)
      .map(({ at, pid }) => ({ at, pid, heapBytes: bytes(at / 1_000) * mebibyte }));
  const judged = (bytes: (second: number) => number) =>
    growthOf(growing, heap(bytes)).map(({ name, memory, handles }) => [name, memory.leaks, handles?.leaks]);
  expect(judged((second) => 12 + (second % 60) / 30)).toEqual([
    ["the Worker alone", false, undefined],
    ["workerd", false, false],
  ]);
  expect(judged((second) => 12 + second / 120)).toEqual([
    ["the Worker alone", true, undefined],
    ["workerd", false, false],
  ]);
});
