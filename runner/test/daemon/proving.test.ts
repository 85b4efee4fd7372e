import { createServer } from "node:net";
import { HeartbeatRequest } from "@reelway/shared/contracts/lease";
import { describe, expect, it } from "vitest";
import { type ControlPlane, withSource } from "../support/control-plane.ts";
import { leaseRequests, reverse, scene, source, until } from "./daemon-scene.ts";

const described = (plane: ControlPlane) =>
  plane.named("runner/heartbeat").map(({ body }) => HeartbeatRequest.parse(body).runner);

/** A runner whose host takes as long to prove as the test wants. */
async function proving(environment: Record<string, string> = {}) {
  const all = await scene(reverse, environment);
  const start = (changes: Parameters<typeof all.start>[0] = {}) => {
    const gate = Promise.withResolvers<void>();
    return { ...all.start(changes, ["kind:probe"], [], gate.promise), proved: () => gate.resolve() };
  };
  return { ...all, start };
}

describe("while its host is proved", () => {
  it("a runner is in the fleet, alive and not ready, and takes nothing; then it does", async () => {
    const port = await freePort();
    const { storage, plane, start } = await proving({ HEALTH_PORT: String(port) });
    plane.offer(withSource(storage, source));
    const { ready, proved } = start();
    await plane.called("runner/heartbeat");
    expect(described(plane)).toMatchObject([{ capabilities: ["proving"], draining: true }]);
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    expect((await ask("/healthz")).status).toBe(200);
    expect(await ask("/readyz")).toMatchObject({ status: 503, text: expect.stringContaining('"state":"proving"') });
    expect((await ask("/metrics")).text).toContain('reelway_runner_state{state="proving"} 1\n');
    expect(leaseRequests(plane)).toEqual([]);

    proved();
    await ready;
    await plane.called("leases/complete");
    await until(() => described(plane).some(({ capabilities }) => capabilities.includes("kind:probe")));
    expect(described(plane).at(-1)).toMatchObject({ draining: false });
    expect((await ask("/readyz")).status).toBe(200);
  });

  it("a stop is a stop", async () => {
    const { plane, start, lines } = await proving();
    const { daemon, ended } = start();
    await plane.called("runner/heartbeat");
    daemon.drain();
    expect(await ended).toBe(0);
    expect(lines.some((line) => line.includes("asked to stop while proving"))).toBe(true);
    expect(leaseRequests(plane)).toEqual([]);
  });

  it("a token that is refused has been found before", async () => {
    const { plane, start, lines } = await proving();
    plane.refusals.set("runners/register", ["registration_refused"]);
    expect(await start().ended).toBe(1);
    expect(lines.some((line) => line.includes('"to":"proving"'))).toBe(false);
  });

  it("a credential that is refused is said with what to do, once, and a new token takes its place", async () => {
    const { plane, start, lines } = await proving();
    const first = start();
    first.proved();
    await first.ready;
    first.daemon.drain();
    await first.ended;
    plane.credentials.clear();

    const refused = () => lines.filter((line) => line.includes("refuses this runner")).length;
    const revoked = start();
    await until(() => refused() > 0);
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 3);
    expect(refused()).toBe(1);
    revoked.daemon.drain();
    await revoked.ended;

    const asked = leaseRequests(plane).length;
    start({ registrationToken: "another token" });
    await plane.called("runners/register", 2);
    await until(() => plane.credentials.size === 1);
    await plane.called("runner/heartbeat", plane.named("runner/heartbeat").length + 1);
    expect(
      leaseRequests(plane)
        .slice(asked)
        .every(({ runner }) => !runner.draining),
    ).toBe(true);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new TypeError("no port");
  return address.port;
}
