import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Device } from "../../src/ffmpeg/arguments/devices/device.ts";
import { deviceKey, readProof, triedAgainAt, writeProof } from "../../src/hardware/proof-cache.ts";
import { proveDevices, proveSoftware } from "../../src/hardware/prove-host.ts";
import { proveSessions } from "../../src/hardware/prove-sessions.ts";
import { DeviceReprover } from "../../src/hardware/reprove-devices.ts";
import { tools as software } from "../media-tools.ts";
import { bareProofPlace, bareProofRoom } from "../support/proof-place.ts";
import { deviceFfmpeg } from "./device-ffmpeg/device-ffmpeg.ts";
import { type DeviceScript, endings, modestCard } from "./device-ffmpeg/script.ts";

const card = await deviceFfmpeg(software.ffmpegPath);
afterAll(card.remove);
const tools = { ...software, ffmpegPath: card.path, vocabulary: { has: () => true, takes: () => true } };
const device: Device = { id: "nvidia-0", family: "nvidia", address: "0", name: "Test", driver: "nvidia 550" };
const minute = 60_000;
const place = bareProofPlace;
/** What is late on a host that is busy would count as what may pass. */
const timeoutMs = 120_000;

/** The card as it behaves, proved at this time by what is known. */
async function proved(script: DeviceScript, now = 0, known?: Awaited<ReturnType<typeof proveDevices>>, anew = false) {
  await card.behave(script);
  const before = (await card.runs()).length;
  const kept = await proveDevices([device], known ? { devices: known } : null, {
    ...{ tools, place, timeoutMs, anew },
    now: () => now,
  });
  const [made] = kept;
  if (made === undefined) throw new Error("nothing was proved");
  const encoders = made.proven.encoders.map(({ name }) => name);
  return { kept, made, encoders, runs: (await card.runs()).length - before };
}

const noDriver: DeviceScript = { failures: [{ when: "cuda=dev:0", words: [...endings.noDriver] }] };
/** A card that takes so many encodes at once. */
const upTo = (most: number): DeviceScript => ({
  failures: [
    ...Array.from({ length: 16 - most }, (_, index) => ({
      when: `split=${most + index + 1}[`,
      words: [...endings.noSession],
    })),
    ...modestCard.failures,
  ],
});

const works = await proved(modestCard);

describe("a proof that fell short", () => {
  it("is made again after a pause that grows, where what failed may pass", async () => {
    const first = await proved(noDriver);
    expect(first.encoders).toEqual([]);
    expect(triedAgainAt(first.made)).toBe(minute);
    expect((await proved(noDriver, minute - 1, first.kept)).runs).toBe(0);
    const again = await proved(noDriver, minute, first.kept);
    expect(again.runs).toBe(1);
    expect(triedAgainAt(again.made)).toBe(minute + 2 * minute);
  });

  it("stays where the card can't do it, until the driver or the sandbox is another", async () => {
    expect(works.made.report.entries).toContainEqual(expect.objectContaining({ outcome: "failed" }));
    expect(triedAgainAt(works.made)).toBeNull();
    expect((await proved(modestCard, 1_000 * minute, works.kept)).runs).toBe(0);
    expect(await deviceKey(tools, device, place.sandbox.finding)).toBe(works.made.key);
    expect(await deviceKey(tools, { ...device, driver: "nvidia 570" }, place.sandbox.finding)).not.toBe(works.made.key);
    expect(await deviceKey(tools, device, { rung: "bubblewrap" })).not.toBe(works.made.key);
  });

  it("takes nothing from a card that did better before, but where everything is looked at anew", async () => {
    const { made } = works;
    const proven = { ...made.proven, sessions: { most: 5, pool: "nvidia" } };
    const due = [{ ...made, proven, report: { ...made.report, passing: true }, shortfalls: 1 }];
    const failed = await proved(noDriver, minute, due);
    expect(failed.made).toMatchObject({ proven, shortfalls: 2, report: { passing: true } });
    expect((await proved(noDriver, minute, due, true)).encoders).toEqual([]);
  });

  it("is made again while the runner works, once no task is on the card", async () => {
    const first = await proved(noDriver);
    await card.behave(modestCard);
    const isBusy = vi.fn(() => true);
    const onProven = vi.fn();
    const reprover = new DeviceReprover({
      ...{ kept: first.kept, isBusy, onProven, log: pino({ level: "silent" }) },
      prove: async (before) => {
        const [after] = await proveDevices(
          [device],
          { devices: [before] },
          { tools, place, timeoutMs, anew: false, now: () => minute },
        );
        if (after === undefined) throw new Error("nothing was proved");
        return after;
      },
    });
    await reprover.look(minute - 1);
    expect(isBusy).not.toHaveBeenCalled();
    await reprover.look(minute);
    expect(onProven).not.toHaveBeenCalled();
    isBusy.mockReturnValue(false);
    await reprover.look(minute);
    expect(onProven).toHaveBeenCalledWith(
      expect.objectContaining({ encoders: [expect.objectContaining({ name: "h264_nvenc" })] }),
    );
    await reprover.look(1_000 * minute);
    expect(onProven).toHaveBeenCalledTimes(1);
  });
});

describe("encoder sessions", () => {
  const counted = async (script: DeviceScript) => {
    await card.behave(script);
    return proveSessions(works.made.proven, { tools, means: { room: bareProofRoom, timeoutMs } });
  };

  it.each([3, 12])("are counted to the last: %i", async (most) => {
    expect(await counted(upTo(most))).toEqual({
      sessions: { most, pool: "nvidia" },
      entry: {
        ...{ subject: "sessions", outcome: "proved", fix: null },
        detail: `${most} at once; beyond that OpenEncodeSessionEx failed: out of memory (10): (no details)`,
      },
    });
  });

  it("have no end on a card that does all of them", () => {
    expect(works.made.proven.sessions).toBeNull();
    expect(works.made.report.entries.at(-1)).toMatchObject({ subject: "sessions", outcome: "proved" });
  });

  it("are not known of a card that fails for another reason", async () => {
    expect(await counted(noDriver)).toMatchObject({ sessions: undefined, entry: { outcome: "failed" } });
  });
});

it("tries software again that did not end in time, and nothing else", async () => {
  const proving = { tools: software, place, timeoutMs, anew: false, now: () => 0 };
  const all = await proveSoftware(undefined, proving);
  expect(all.encoders).toContain("libx264");
  expect(all.late).toEqual([]);
  expect(await proveSoftware(all, { ...proving, tools: { ...software, ffmpegPath: software.ffmpegPath } })).toBe(all);
  const hurried = await proveSoftware(undefined, { ...proving, timeoutMs: 1 });
  expect(hurried.late).toContain("libx264");
  const later = await proveSoftware(hurried, proving);
  expect(later.encoders).toEqual(all.encoders);
});

it("is kept between starts, and not believed where it can't be read", async () => {
  const directory = await mkdtemp(join(tmpdir(), "reelway-proof-"));
  const proof = { software: { key: "k", encoders: ["libx264"], late: [], wrong: [] }, devices: [...works.kept] };
  await writeProof(directory, proof);
  expect(await readProof(directory)).toEqual(proof);
  await writeProof(directory, Object.assign(proof, { devices: [{}] }));
  expect(await readProof(directory)).toBeNull();
  await rm(directory, { recursive: true });
  expect(await readProof(directory)).toBeNull();
});
