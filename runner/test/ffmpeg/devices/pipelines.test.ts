import { describe, expect, it } from "vitest";
import type { ProvenDevice } from "../../../src/ffmpeg/arguments/devices/device.ts";
import { families } from "../../../src/ffmpeg/arguments/devices/families.ts";
import { cases, streamOn, streams, transcodeOn, valueAfter } from "./pipelines.ts";
import { walk } from "./places.ts";
import { complete, nvidiaCard } from "./proven-devices.ts";

/** Of a host with an ffmpeg 5.1: its CUDA has no filter for bars and turns, and nothing tone-maps. */
const olderCard: ProvenDevice = {
  ...nvidiaCard,
  id: "older",
  filters: { scale: "scale_cuda", overlay: "overlay_cuda" },
};
const bareCard: ProvenDevice = { ...nvidiaCard, id: "bare", filters: {}, decoders: [] };
const devices: readonly ProvenDevice[] = [
  ...[nvidiaCard, olderCard, bareCard],
  ...[complete("vaapi", "/dev/dri/renderD128"), complete("qsv", "/dev/dri/renderD128")],
  ...[complete("videotoolbox", ""), complete("amf", ""), complete("vulkan", "0")],
];

const startOf = (args: readonly string[]) => (args.includes("-hwaccel_output_format") ? "device" : "memory");

describe.each(devices.map((device) => [device.id, device] as const))("%s", (id, device) => {
  const end = families[device.family].upload.length === 0 ? "memory" : "device";

  it.each(Object.keys(cases))("does %s with every filter where its pictures are", (name) => {
    const args = transcodeOn(device, "h264", cases[name] ?? {});
    expect(walk(valueAfter(args, "-filter_complex"), startOf(args)).ends.get("v")).toBe(end);
  });

  it.each(Object.keys(streams))("does %s with every filter where its pictures are", (name) => {
    const args = streamOn(device, name);
    const { ends } = walk(valueAfter(args, "-filter_complex"), startOf(args));
    for (const pad of ["v0", "v1", "v2"]) expect(ends.get(pad)).toBe(end);
  });

  it("says so in full", async () => {
    const lines = [
      ...Object.entries(cases).map(([name, each]) => [name, transcodeOn(device, "h264", each)] as const),
      ...Object.keys(streams).map((name) => [name, streamOn(device, name)] as const),
    ].map(([name, args]) => {
      const before = args.slice(args.indexOf("-y") + 1, args.indexOf("-protocol_whitelist"));
      const decode = args.includes("-hwaccel")
        ? args.slice(args.indexOf("-hwaccel"), args.indexOf("-i"))
        : ["decoded in memory"];
      const chains = valueAfter(args, "-filter_complex").split(";");
      return [`${name}`, `  ${before.join(" ")}`, `  ${decode.join(" ")}`, ...chains.map((chain) => `  ${chain}`)].join(
        "\n",
      );
    });
    await expect(`${lines.join("\n\n")}\n`).toMatchFileSnapshot(`golden/${id}.pipelines.txt`);
  });
});

describe("a card that does everything", () => {
  const trips = (device: ProvenDevice, name: string) => {
    const args = transcodeOn(device, "h264", cases[name] ?? {});
    return {
      decodes: startOf(args) === "device",
      trips: walk(valueAfter(args, "-filter_complex"), startOf(args)).trips,
    };
  };

  it.each([
    "as it is",
    "smaller",
    "with bars",
    "turned",
    "at another rate",
    "from fields",
    "HDR10 to SDR",
    "HDR10 to SDR with bars",
  ])("never lets pictures into memory: %s", (name) =>
    expect(trips(nvidiaCard, name)).toEqual({ decodes: true, trips: 0 }),
  );

  it("brings nothing but the mark up", () => {
    expect(trips(nvidiaCard, "with a mark")).toEqual({ decodes: true, trips: 1 });
  });

  it.each(["with subtitles burned in", "cut to fill"])("goes through memory once: %s", (name) =>
    expect(trips(nvidiaCard, name)).toEqual({ decodes: true, trips: 2 }),
  );

  it.each(["from a telephone held upright", "from full range", "from 4:2:2", "from a codec without a decoder"])(
    "decodes in memory, and goes up once: %s",
    (name) => expect(trips(nvidiaCard, name)).toEqual({ decodes: false, trips: 1 }),
  );

  it("splits a ladder on the card", () => {
    const args = streamOn(nvidiaCard, "a chunk in three sizes");
    const graph = valueAfter(args, "-filter_complex");
    expect(walk(graph, "device").trips).toBe(0);
    expect(args.filter((word) => word === "-i")).toHaveLength(1);
    expect(args.filter((word) => word === "h264_nvenc")).toHaveLength(3);
    expect(graph.match(/scale_cuda/g)).toHaveLength(3);
  });

  it("maps light once for all sizes", () => {
    const graph = valueAfter(streamOn(nvidiaCard, "a chunk of HDR10 brought to SDR"), "-filter_complex");
    expect(graph.match(/libplacebo/g)).toHaveLength(1);
    expect(graph.match(/scale_cuda/g)).toHaveLength(3);
  });
});
