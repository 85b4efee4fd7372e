import { describe, expect, it } from "vitest";
import { withSource } from "../support/control-plane.ts";
import { reverse, scene, source, until } from "./daemon-scene.ts";

describe("registration", () => {
  it("is kept over restarts", async () => {
    const { plane, start } = await scene(reverse);
    const first = start();
    const { runnerId } = await first.ready;
    first.daemon.drain();
    expect(await first.ended).toBe(0);
    expect((await start().ready).runnerId).toBe(runnerId);
    expect(plane.named("runners/register")).toHaveLength(1);
  });

  it("is not renewed by the token that made it: a revoked runner stays out", async () => {
    const { plane, start, lines } = await scene(reverse, { POLL_SECONDS: "0.1" });
    const { daemon, ended, ready } = start();
    await ready;
    plane.credentials.clear();
    await until(() => lines.some((line) => line.includes("refuses this runner")));
    daemon.drain();
    expect(await ended).toBe(0);
    const asked = plane.named("runner/leases").length;
    start();
    await plane.called("runner/leases", asked + 1);
    await until(() => lines.filter((line) => line.includes("refuses this runner")).length === 2);
    expect(plane.named("runners/register")).toHaveLength(1);
  });

  it("is renewed by a token that the runner is started with anew", async () => {
    const { storage, plane, start } = await scene(reverse, { POLL_SECONDS: "0.1" });
    const { daemon, ended, ready } = start();
    await ready;
    daemon.drain();
    await ended;
    plane.credentials.clear();
    start({ registrationToken: "another token" });
    await plane.called("runners/register", 2);
    plane.offer(withSource(storage, source));
    await plane.called("leases/complete");
  });

  it("ends the start when it is refused, and a stop in the middle of it is a stop", async () => {
    const refused = await scene(reverse);
    refused.plane.refusals.set("runners/register", ["registration_refused"]);
    expect(await refused.start().ended).toBe(1);

    const away = await scene(reverse);
    away.plane.refusals.set(
      "runners/register",
      Array.from({ length: 100 }, () => "unavailable" as const),
    );
    const { daemon, ended } = away.start();
    await away.plane.called("runners/register");
    daemon.drain();
    expect(await ended).toBe(0);
  });
});
