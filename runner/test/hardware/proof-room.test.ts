import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSandbox } from "../../src/box/open-sandbox.ts";
import { programsOf } from "../../src/box/prove-walls.ts";
import { detect } from "../../src/hardware/detect.ts";
import { inProofRoom, type ProofPlace } from "../../src/hardware/proof-room.ts";
import { runInRoom, runProof } from "../../src/hardware/run-proof.ts";
import { tools } from "../media-tools.ts";
import { hasBubblewrap, testLimits } from "../support/box.ts";
import { testDirectory } from "../support/directory.ts";

const timeoutMs = 120_000;

/** The best sandbox of this host, with a file beside it that is no program's business. */
async function guarded(): Promise<ProofPlace & { readonly secret: string }> {
  const directory = await testDirectory();
  // So that only walls keep a program of another user from what is in it.
  await chmod(directory, 0o755);
  const scratchDirectory = join(directory, "scratch");
  const sandbox = await openSandbox({
    settings: { mode: "require", limits: testLimits, memoryMostBytes: 0, firstUser: 80_000, morePaths: [] },
    ...{ slots: 1, scratchDirectory, stateDirectory: join(directory, "state") },
    ...{ programs: programsOf(tools, null), engine: null },
  });
  const secret = join(directory, "secret");
  await writeFile(secret, "a key of the runner's");
  await chmod(secret, 0o644);
  return { sandbox, scratchDirectory, secret };
}

describe.skipIf(!hasBubblewrap)("proofs", () => {
  it("run where tasks will: what lies beside is not there, and what they made is gone afterwards", async () => {
    const { secret, ...place } = await guarded();
    const script = `cat ${secret}; pwd; echo made > here; cat here`;
    const said = await inProofRoom(place, async (room) => {
      const { stdout } = await runInRoom("/bin/sh", ["-c", script], { room, timeoutMs });
      return { stdout, directory: room.directory };
    });
    expect(said.stdout).toBe(`${said.directory}\nmade`);
    expect(await readdir(place.scratchDirectory)).toEqual([]);
  });

  it("find in there what they find outside", async () => {
    const place = await guarded();
    const cacheDirectory = await testDirectory();
    const inside = await detect({ tools, place, cacheDirectory, timeoutMs, devices: [] });
    expect([...inside.tools.provenEncoders].sort()).toEqual([...tools.provenEncoders].sort());
    expect(inside.tools.provenVmaf).toBe(tools.provenVmaf);
  });

  it("that last too long are ended, with all that they started", async () => {
    const place = await guarded();
    const endless = ["-re", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"];
    const run = await inProofRoom(place, (room) => runProof(tools.ffmpegPath, endless, { room, timeoutMs: 1_000 }));
    expect(run).toMatchObject({ passed: false, timedOut: true, log: expect.stringMatching(/^no end after 1 s/) });
  });

  it("give their user back, however often there are some", async () => {
    const place = await guarded();
    for (let times = 0; times < 10; times++) await inProofRoom(place, async () => undefined);
    await expect(inProofRoom(place, () => Promise.reject(new Error("as it comes")))).rejects.toThrow("as it comes");
    expect(await readdir(place.scratchDirectory)).toEqual([]);
  });
});
