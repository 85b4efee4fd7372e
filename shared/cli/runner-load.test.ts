import { expect, test } from "vitest";
import type { HostLoad } from "../contracts/host-load.ts";
import type { Runner } from "../contracts/runner.ts";
import { newRegionalId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

const id = newRegionalId("run", "enam");
const load: HostLoad = {
  ...{ cpu: 0.12, memoryUsedBytes: 3_100_000_000, memoryBytes: 16_000_000_000, speed: 2.4 },
  devices: [
    {
      ...{ name: "NVIDIA L4", busy: 0.63, encoder: 0.41, decoder: 0.12, celsius: 58 },
      ...{ memoryUsedBytes: 3_200_000_000, memoryBytes: 24_000_000_000 },
    },
  ],
};
const runner: Runner = {
  ...{ id, name: "rack-3", region: "enam", labels: [], state: "proving", version: "1.0.0", load },
  ...{ capabilities: [], sandbox: null, slots: 4, slotsWanted: null, activeTasks: 0, holdBackSeconds: 0, leases: [] },
  ...{ drainedAt: null, lastFailure: null, createdAt: 1, lastSeenAt: 1 },
};

test("runners are listed with how busy their hosts are, and shown with each of their devices", async () => {
  server.intercept = (seen, response) =>
    server.send(response, seen.path.endsWith(id) ? runner : { items: [runner], nextCursor: null });
  const listed = (await cli.run("runners", "ls")).stdout;
  expect(listed).toMatch(/rack-3 +proving .* cores 12 %, 2\.4× real time; GPU 63 %, encoders 41 %, memory 13 %, 58 °C/);
  const shown = (await cli.run("runners", "show", id)).stdout;
  expect(shown).toMatch(/^state +proving$/m);
  expect(shown).toMatch(
    /^load +cores 12 %, memory 3\.1\/16\.0 GB, 2\.4× real time\n +NVIDIA L4: 63 %, encoders 41 %, decoders 12 %, memory 3\.2\/24\.0 GB, 58 °C$/m,
  );
}, 60_000);

test("a runner that holds back is shown with how long; of others there is nothing to say", async () => {
  const shownWith = async (holdBackSeconds: number) => {
    server.intercept = (_, response) => server.send(response, { ...runner, holdBackSeconds });
    return (await cli.run("runners", "show", id)).stdout;
  };
  expect(await shownWith(600)).toMatch(/^holds back +takes what has waited for 10:00$/m);
  expect(await shownWith(0)).not.toContain("holds back");
}, 60_000);
