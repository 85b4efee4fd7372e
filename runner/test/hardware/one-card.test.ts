import { capabilitiesFor, capabilitiesForStep } from "@reelway/shared/contracts/capability";
import {
  type ColorClass,
  hardwareCapability,
  ladderNeed,
  type SizeClass,
} from "@reelway/shared/contracts/hardware-need";
import { JobSpec } from "@reelway/shared/contracts/job-spec";
import { memoryTiers } from "@reelway/shared/contracts/memory-tier";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";
import { demandOf } from "@reelway/shared/jobs/demand";
import { needsOf } from "@reelway/shared/scheduling/lanes";
import { MemoryStore } from "@reelway/shared/scheduling/memory-store";
import { QueueDriver } from "@reelway/shared/scheduling/testing/queue-driver";
import fc from "fast-check";
import { expect, it } from "vitest";
import { reserveSessions } from "../../src/daemon/reserve-sessions.ts";
import type { ProvenDevice, ProvenEncoder, ProvenFormat } from "../../src/ffmpeg/arguments/devices/device.ts";
import { families } from "../../src/ffmpeg/arguments/devices/families.ts";
import { takenOf, withDevices } from "../../src/hardware/device-capabilities.ts";
import { DeviceSessions, mostOn } from "../../src/hardware/device-sessions.ts";
import { makerOf } from "../../src/hardware/maker.ts";

const tools = { build: "5f0c" };
const codecs = ["h264", "h265", "av1"] as const;
type Codec = (typeof codecs)[number];

/** Of a proof: the small picture in 8 bits always, 4K only where the small one passed. */
const formats: fc.Arbitrary<ProvenFormat[]> = fc
  .tuple(fc.boolean(), fc.boolean(), fc.boolean())
  .map(([large, deep, both]) => [
    "8-small",
    ...(large ? ["8-4k" as const] : []),
    ...(deep ? ["10-small" as const] : []),
    ...(deep && both ? ["10-4k" as const] : []),
  ]);

/** Cards of few kinds, so that two of one kind meet, which were seen to do unlike things. */
const device: fc.Arbitrary<ProvenDevice> = fc
  .record({
    family: fc.constantFrom("nvidia" as const, "vaapi" as const),
    name: fc.constantFrom("one kind", "another"),
    proofs: fc.array(fc.option(fc.record({ formats, hdr10: fc.boolean() })), { minLength: 3, maxLength: 3 }),
    most: fc.constantFrom(null, null, 1, 2, 3, 5, 12),
    pooled: fc.boolean(),
  })
  .map(({ family, name, proofs, most, pooled }) => ({
    ...{ id: "", family, address: "0", name, driver: "a driver", decoders: [], filters: {} },
    encoders: codecs.flatMap((codec, place): ProvenEncoder[] => {
      const encoder = families[family].encoders.find((one) => one.codec === codec);
      const proof = proofs[place];
      return encoder && proof ? [{ name: encoder.name, variant: "plain", ...proof }] : [];
    }),
    sessions: most === null ? null : { most, pool: pooled ? family : "" },
  }));

const host = fc.array(device, { minLength: 1, maxLength: 4 }).map((devices) =>
  devices.map((one, place) => {
    const id = `${one.family}-${place}`;
    return { ...one, id, sessions: one.sessions && { ...one.sessions, pool: one.sessions.pool || id } };
  }),
);

const wish = fc.record({
  kind: fc.constantFrom("transcode" as const, "opened" as const, "plan" as const, "part" as const),
  codec: fc.constantFrom(...codecs),
  size: fc.constantFrom<SizeClass>("small", "small", "4k"),
  color: fc.constantFrom<ColorClass>("8bit", "10bit", "hdr10"),
  rungs: fc.integer({ min: 1, max: 8 }),
  /** Whose parts they are: a card of the host, or one that it has not. */
  maker: fc.integer({ min: -1, max: 3 }),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

/** A task with what it turns out to need, and what a card must do for it, told apart from any word. */
interface Task {
  readonly spec: JobSpec;
  readonly step?: StreamStep;
  readonly needs: readonly string[];
  readonly found: readonly string[];
  readonly isUpTo: (device: ProvenDevice) => boolean;
  readonly pictures: number;
}

const sizes = { small: [1_920, 1_080], "4k": [3_840, 2_160] } as const;

function taskOf({ kind, codec, size, color, rungs, maker }: Wish, devices: readonly ProvenDevice[]): Task {
  const [width, height] = sizes[size];
  const proofOn = (one: ProvenDevice) =>
    one.encoders.find(({ name }) => families[one.family].encoders.some((e) => e.name === name && e.codec === codec));
  const does = (one: ProvenDevice, depth: 8 | 10, hdr10: boolean) => {
    const proof = proofOn(one);
    if (proof === undefined || (hdr10 && !proof.hdr10)) return false;
    return proof.formats.includes(`${depth}-${size}`);
  };
  if (kind === "transcode" || kind === "opened") {
    const video = { codec, ...(kind === "transcode" && { width, height, fit: "stretch" }) };
    const spec = JobSpec.parse({ kind: "transcode", container: "mp4", video });
    const work = { codec, size, color, maker: null, atOnce: 1 };
    const isDeep = kind === "opened" && color !== "8bit";
    return {
      ...{ spec, needs: capabilitiesFor(spec, "require", []), pictures: 1 },
      found: kind === "opened" ? [hardwareCapability(work)] : [],
      isUpTo: (one) => does(one, isDeep ? 10 : 8, isDeep && color === "hdr10"),
    };
  }
  const spec = StreamSpec.parse({ kind: "stream", video: { codec } });
  const depth = color === "8bit" ? 8 : 10;
  const pixelFormat = depth === 8 ? "yuv420p" : "yuv420p10le";
  const renditions = Array.from({ length: rungs }, (_, place) => renditionOf(width, height, place));
  if (kind === "plan") {
    const need = ladderNeed(codec, { color: { pixelFormat }, renditions }, null);
    return {
      ...{ spec, step: { kind: "plan" }, needs: capabilitiesFor(spec, "require", []), pictures: rungs },
      found: need === null ? [] : [need],
      isUpTo: (one) => does(one, depth, false),
    };
  }
  const { encoder, build } = makerAt(devices[maker], codec);
  const video: PlannedVideo = {
    ...{ track: 1, encoder, build, speed: "balanced", timescale: 24, fps: 24, frameRate: null, renditions },
    color: { pixelFormat, primaries: null, transfer: null, matrix: null, toneMap: [], fromRgb: false, hdr10: null },
  };
  const step: StreamStep = { kind: "encode", video, segmentSeconds: 4, chunk: null };
  return {
    ...{ spec, step, needs: capabilitiesForStep(spec, step, "require", []), found: [], pictures: rungs },
    isUpTo: (one) => {
      const proof = proofOn(one);
      return does(one, depth, false) && proof !== undefined && makerOf(tools, one, proof) === build;
    },
  };
}

function renditionOf(width: number, height: number, place: number): PlannedVideo["renditions"][number] {
  return {
    ...{ id: `video-${place + 1}`, name: `${place}`, width: width >> place, height: height >> place },
    ...{ rateFactor: 22, maxKbps: 5_000, profile: null, level: null, codecs: null, initBytes: null, initSha256: null },
  };
}

function makerAt(device: ProvenDevice | undefined, codec: Codec): { encoder: string; build: string } {
  const encoder = device && families[device.family].encoders.find((one) => one.codec === codec);
  const proof = device?.encoders.find(({ name }) => name === encoder?.name);
  return device && proof
    ? { encoder: proof.name, build: makerOf(tools, device, proof) }
    : { encoder: "h264_nvenc", build: "0123456789ab" };
}

/** The task as its queue leases it to this host, after another has opened its source; null where it does not. */
function leaseOn(capabilities: readonly string[], taken: readonly string[], task: Task) {
  const queue = new QueueDriver(new MemoryStore());
  queue.enqueue("job", { tasks: [{ taskId: "task", needs: [...task.needs], payload: "{}" }] });
  if (task.found.length > 0) queue.release(queue.mustLease("opener", { capabilities: task.needs }), 0, task.found);
  return queue.lease("host", { capabilities, taken });
}

it("a host is given a task if, and only if, one of its cards is up to all of it and has the sessions, now", () => {
  const seen = { leased: 0, refused: 0, busy: 0 };
  fc.assert(
    fc.property(
      host,
      fc.constantFrom(0, 0, 1, 2, 6),
      fc.array(wish, { minLength: 1, maxLength: 8 }),
      (devices, aside, wishes) => {
        // As breakers have it: some are set aside.
        const usable = devices.filter((_, place) => (aside & (1 << place)) === 0);
        const sessions = new DeviceSessions();
        const health = { usable: () => usable, setAside: () => [], worked: () => {}, failed: () => {} };
        const always = ["kind:transcode", "kind:stream", "engine", ...memoryTiers(512 * 1024 ** 3)];
        for (const one of wishes) {
          const task = taskOf(one, devices);
          const able = usable.filter(task.isUpTo);
          const free = able.filter((each) => sessions.freeOn(each) >= task.pictures);
          const taken = takenOf(tools, usable, (each) => sessions.freeOn(each));
          const leased = leaseOn(withDevices(always, tools, usable), taken, task);
          expect(leased !== null, JSON.stringify([task.needs, task.found, taken])).toBe(free.length > 0);
          if (leased === null) {
            if (able.some((each) => mostOn(each) >= task.pictures)) seen.busy++;
            else seen.refused++;
            continue;
          }
          seen.leased++;
          const asked = { spec: task.spec, hardware: "require" as const, needs: needsOf(leased.needs) };
          const before = free.map((each) => sessions.open().othersOn(each));
          reserveSessions(
            { tools, sessions, devices: health },
            { ...asked, ...(task.step && { step: task.step }) },
            demandOf(task.spec, task.step),
          );
          const held = free.map((each, place) => sessions.open().othersOn(each) - (before[place] ?? 0));
          expect(
            held.filter((count) => count > 0),
            "it holds the sessions of one card that is up to it",
          ).toEqual([task.pictures]);
        }
      },
    ),
    { numRuns: 1_000 },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(50);
});
