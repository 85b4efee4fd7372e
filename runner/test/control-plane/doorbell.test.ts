import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Doorbell } from "../../src/control-plane/doorbell.ts";
import { createLog } from "../../src/log.ts";
import { ControlPlane } from "../support/control-plane.ts";
import { testPacing } from "../support/pacing.ts";

async function scene(pingMs = 20_000) {
  const plane = await new ControlPlane(null).start();
  plane.credentials.add("credential");
  const heard: string[] = [];
  const pacing = testPacing();
  const doorbell = new Doorbell({
    address: () => ({
      url: `${plane.url.replace("http", "ws")}/doorbell`,
      headers: { authorization: "Bearer credential" },
    }),
    onWork: () => heard.push("work"),
    onStop: () => heard.push("stop"),
    pacing,
    log: createLog("silent"),
    pingMs,
  });
  const running = doorbell.run();
  onTestFinished(async () => {
    doorbell.stop();
    await running;
  });
  const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 60_000, interval: 5 });
  return { plane, doorbell, heard, pacing, until };
}

describe("Doorbell", () => {
  it("looks for work as soon as it is connected, and on every ring", async () => {
    const { plane, doorbell, heard, until } = await scene();
    await until(() => heard.length === 1);
    expect(doorbell.connected).toBe(true);
    plane.ring();
    await until(() => heard.length === 2);
    plane.sockets[0]?.send(JSON.stringify({ type: "stop", taskId: "tsk_01jd0000000000000000000000_weur_0", epoch: 1 }));
    await until(() => heard.length === 3);
    expect(heard).toEqual(["work", "work", "stop"]);
  });

  it("is not disturbed by what it does not know", async () => {
    const { plane, heard, until } = await scene();
    await until(() => heard.length === 1);
    for (const odd of ["", "{", '{"type":"later"}', "pong"]) plane.sockets[0]?.send(odd);
    plane.ring();
    await until(() => heard.length === 2);
    expect(heard).toEqual(["work", "work"]);
  });

  it("comes back after a cut, spread by chance, and looks for work again", async () => {
    const { plane, heard, pacing, until } = await scene();
    await until(() => heard.length === 1);
    plane.sockets[0]?.cut();
    await until(() => heard.length === 2);
    expect(pacing.slept).toEqual([1_000]);
  });

  it("waits longer each time it is refused", async () => {
    const { plane, pacing, heard, until } = await scene();
    await until(() => heard.length === 1);
    plane.credentials.clear();
    plane.sockets[0]?.cut();
    await until(() => pacing.slept.length >= 5);
    expect(pacing.slept.slice(0, 5)).toEqual([1_000, 750, 1_500, 3_000, 6_000]);
  });

  it("gives up a socket on which no ping is answered", async () => {
    const { plane, heard, until } = await scene(20);
    await until(() => plane.sockets[0]?.received.includes("ping") ?? false);
    const first = plane.sockets[0];
    if (first) first.send = () => {};
    await until(() => plane.sockets.length === 2);
    await until(() => heard.length === 2);
  });

  it("stays connected when a socket that it gave up closes late", async () => {
    const { plane, doorbell, heard, until } = await scene(20);
    await until(() => plane.sockets[0]?.received.includes("ping") ?? false);
    const first = plane.sockets[0];
    if (first) first.send = () => {};
    await until(() => heard.length === 2);
    const second = plane.sockets[1];
    const pings = () => second?.received.length ?? 0;
    first?.cut();
    const before = pings();
    await until(() => pings() >= before + 3);
    expect(doorbell.connected).toBe(true);
    expect(plane.sockets).toHaveLength(2);
  });
});
