import type { Runner } from "@reelway/shared/contracts/runner";
import { codecName } from "../../parts/codec-name.ts";

/** What a runner encodes with, in the words of its devices. */
const makers: readonly { readonly ending: string; readonly name: string }[] = [
  { ending: "nvenc", name: "NVENC" },
  { ending: "vaapi", name: "VAAPI" },
  { ending: "qsv", name: "Quick Sync" },
  { ending: "videotoolbox", name: "VideoToolbox" },
  { ending: "amf", name: "AMF" },
  { ending: "vulkan", name: "Vulkan" },
];
/** Of what is encoded, what is told of a host. */
const pictureCodecs: ReadonlySet<string> = new Set(["h264", "h265", "av1", "vp9"]);

/** What it can do, and the devices that it has proved. */
export interface Abilities {
  /** `NVENC (H.264, H.265)`; empty for a host with cores alone. */
  readonly devices: readonly string[];
  /** Encoded in software: `H.264`. */
  readonly software: readonly string[];
  /** The media engine is there: the runner can make streams. */
  readonly engine: boolean;
  readonly labels: readonly string[];
}

/** By the capabilities that a runner tells (shared/contracts/capability.ts). */
export function abilitiesOf(capabilities: readonly string[]): Abilities {
  const named = (prefix: string) =>
    capabilities.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  const byMaker = new Map<string, Set<string>>();
  for (const encoder of named("encoder:")) {
    const { name } = makers.find(({ ending }) => encoder.endsWith(`_${ending}`)) ?? {};
    if (name === undefined) continue;
    byMaker.set(name, (byMaker.get(name) ?? new Set()).add(codecName(encoder.split("_")[0] ?? "")));
  }
  return {
    devices: [...byMaker].map(([name, made]) => `${name} (${[...made].join(", ")})`),
    software: [
      ...new Set(
        named("encode:")
          .filter((codec) => pictureCodecs.has(codec))
          .map(codecName),
      ),
    ],
    engine: capabilities.includes("engine"),
    labels: named("label:"),
  };
}

/** In a few words, for a table. */
export function hardwareText({ state, capabilities }: Pick<Runner, "state" | "capabilities">): string {
  if (state === "proving" || capabilities.length === 0) return "not known yet";
  const { devices } = abilitiesOf(capabilities);
  return devices.length > 0 ? devices.join(", ") : "CPU";
}
