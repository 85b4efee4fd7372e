import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import { families } from "../ffmpeg/arguments/devices/families.ts";
import { videoEncoders } from "../ffmpeg/arguments/encoders.ts";
import { audioEncoders } from "../ffmpeg/arguments/sound.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { kindNames } from "../kinds/catalogue.ts";
import { readVocabulary } from "./device-help.ts";
import { listDevices, type NamedDevice } from "./list-devices.ts";
import { listVulkanCards } from "./list-vulkan-cards.ts";
import { type KeptDevice, readProof, writeProof } from "./proof-cache.ts";
import { inProofRoom, type ProofPlace } from "./proof-room.ts";
import { provesVmaf } from "./prove.ts";
import { proveDevices, proveSoftware } from "./prove-host.ts";
import { isSecondWay } from "./second-way.ts";

export interface DetectOptions {
  readonly tools: FfmpegTools;
  /** Where the host's programs prove what they can do: in the sandbox that tasks have. */
  readonly place: ProofPlace;
  /** Where the proof is kept between starts. */
  readonly cacheDirectory: string;
  /** Which devices to use; left out, all that are found. */
  readonly devices?: "auto" | readonly NamedDevice[];
  /** Encodes at once on each device; null or left out, as it was seen. */
  readonly sessions?: number | null;
  /** How long one proving run may take, milliseconds. */
  readonly timeoutMs?: number;
  /** Proves everything again, whatever an earlier start found out. */
  readonly anew?: boolean;
}

export interface Detected {
  readonly tools: FfmpegTools;
  /** What was found of each device, working or not. */
  readonly kept: readonly KeptDevice[];
  /** Software encoders that made other pictures than they were given, by ffmpeg's names: nothing is given to them. */
  readonly wrong: readonly string[];
}

const PROOF_TIMEOUT_MS = 20_000;

/** Finds out what this host can do by doing it: every encoder and every device works on a few frames, VMAF compares some. */
export async function detect(options: DetectOptions): Promise<Detected> {
  const timeoutMs = options.timeoutMs ?? PROOF_TIMEOUT_MS;
  const { tools: opened, place } = options;
  const wanted = options.devices ?? "auto";
  const looksAtVulkan = wanted === "auto" || wanted.some(({ family }) => family === "vulkan");
  const vulkan = looksAtVulkan ? await inProofRoom(place, (room) => listVulkanCards(opened, { room, timeoutMs })) : [];
  const devices = await listDevices({ wanted, vulkan });
  const vocabulary = await readVocabulary(
    opened.ffmpegPath,
    [...new Set(devices.map(({ family }) => family))].map((family) => families[family]),
  );
  const tools = { ...opened, vocabulary };
  const proving = { tools, place, timeoutMs, anew: options.anew ?? false, now: Date.now };
  const known = await readProof(options.cacheDirectory);
  const software = await proveSoftware(known?.software, proving);
  const ofMakers = await proveDevices(
    devices.filter(({ family }) => family !== "vulkan"),
    known,
    proving,
  );
  const made = ofMakers.map(({ proven }) => proven);
  // Once it is known which cards a way of their maker serves.
  const left = devices.filter(
    (device) => device.family === "vulkan" && !isSecondWay({ ...device, encoders: [] }, made),
  );
  const kept = [...ofMakers, ...(await proveDevices(left, known, proving))];
  const isKnown = software === known?.software && areSame(kept, known.devices);
  if (!isKnown) await writeProof(options.cacheDirectory, { software, devices: kept });
  const provenVmaf =
    tools.knows("filter", "libvmaf") && (await inProofRoom(place, (room) => provesVmaf(tools, { room, timeoutMs })));
  const provenEncoders = new Set(software.encoders);
  const working = kept.map(({ proven }) => proven).filter(encodesSomething);
  return {
    tools: {
      ...{ ...tools, provenEncoders, provenVmaf },
      devices: working.map((device) => limited(device, options.sessions ?? null)),
    },
    kept,
    wrong: software.wrong,
  };
}

function areSame(some: readonly KeptDevice[], others: readonly KeptDevice[]): boolean {
  return some.length === others.length && some.every((one, place) => one === others[place]);
}

/** One that encodes nothing takes no job. */
export function encodesSomething({ encoders }: ProvenDevice): boolean {
  return encoders.length > 0;
}

/** A device with the sessions that its owner sets; null leaves what was seen. */
export function limited(device: ProvenDevice, sessions: number | null): ProvenDevice {
  return sessions === null ? device : { ...device, sessions: { most: sessions, pool: device.id } };
}

/** What the host can do without its devices, by these encoders of software, in the words of shared/contracts/capability.ts. */
export function capabilitiesOf(
  { build, provenVmaf }: Pick<FfmpegTools, "build" | "provenVmaf">,
  proven: ReadonlySet<string>,
): string[] {
  const capabilities = new Set([...kindNames.map((kind) => `kind:${kind}`), `ffmpeg:${build}`]);
  if (provenVmaf) capabilities.add("measure:vmaf");
  for (const { name, codec } of videoEncoders)
    if (proven.has(name)) capabilities.add(`encode:${codec}`).add(`encoder:${name}`);
  for (const [codec, encoder] of Object.entries(audioEncoders))
    if (proven.has(encoder)) capabilities.add(`encode:${codec}`);
  return [...capabilities].sort();
}
