import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canMove, isTerminal, JobState, legalMoves, movesInto } from "./state-machine.ts";

const states = JobState.options;
const lifecycle = readFileSync(new URL("../../docs/job-lifecycle.md", import.meta.url), "utf8");

function reachableFrom(start: JobState): Set<JobState> {
  const reached = new Set<JobState>([start]);
  for (const state of reached) for (const next of legalMoves[state]) reached.add(next);
  return reached;
}

describe("the states of a job", () => {
  it("are all reached from the first, and each of them can still end well, but for what has", () => {
    expect([...reachableFrom("queued")].sort()).toEqual([...states].sort());
    for (const state of states) expect([state, reachableFrom(state).has("succeeded")]).toEqual([state, true]);
  });

  it("can be cancelled and can fail as long as the job lives, and end nowhere else", () => {
    for (const state of states.filter((one) => !isTerminal(one)))
      expect([state, canMove(state, "failed"), canMove(state, "canceled")]).toEqual([state, true, true]);
    for (const state of states.filter(isTerminal))
      expect(legalMoves[state].filter((next) => next !== "queued")).toEqual([]);
    expect(legalMoves.succeeded).toEqual([]);
  });

  it("are never left for themselves, and known from both ends of a move", () => {
    for (const from of states) {
      expect(canMove(from, from)).toBe(false);
      for (const to of states) expect([from, to, movesInto(to).includes(from)]).toEqual([from, to, canMove(from, to)]);
    }
  });

  it("are drawn in docs/job-lifecycle.md, with every move but those by way of `planning`, and with no other", () => {
    const drawn = [...lifecycle.matchAll(/^ {2}(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} → ${to}`);
    const legal = states
      .flatMap((from) => legalMoves[from].map((to) => `${from} → ${to}`))
      .filter((move) => !move.includes("planning"));
    expect(drawn.length).toBeGreaterThan(5);
    expect(drawn.sort()).toEqual(legal.sort());
  });
});
