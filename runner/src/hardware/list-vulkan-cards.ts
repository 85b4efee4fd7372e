import { families } from "../ffmpeg/arguments/devices/families.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { type ProofMeans, runInRoom } from "./run-proof.ts";

/** A card as Vulkan has it. */
export interface VulkanCard {
  /** By which ffmpeg opens it. */
  readonly index: number;
  readonly name: string;
  /** PCI's number of its model, such as `744c`; null where it has none. */
  readonly model: string | null;
  /** It is no card: cores do its work. */
  readonly isSoftware: boolean;
}

/** No host has so many: ffmpeg lists what there is, and opens none of it. */
const beyondAll = 9_999;

/**
 * The cards that Vulkan finds, asked of the ffmpeg at hand: in its order they are opened. None where it encodes nothing by
 * Vulkan.
 */
export async function listVulkanCards(tools: FfmpegTools, means: ProofMeans): Promise<VulkanCard[]> {
  if (!encodesByVulkan(tools)) return [];
  const opening = ["-init_hw_device", `vulkan=dev:${beyondAll}`];
  const { stderr } = await runInRoom(
    tools.ffmpegPath,
    ["-nostdin", "-hide_banner", "-v", "verbose", ...opening, "-f", "lavfi", "-i", "nullsrc", "-f", "null", "-"],
    means,
  );
  return cardsIn(stderr);
}

/** Whether this ffmpeg has an encoder for Vulkan's cards: those before 7.1 have none. */
export function encodesByVulkan({ knows }: Pick<FfmpegTools, "knows">): boolean {
  return families.vulkan.encoders.some(({ name }) => knows("encoder", name));
}

/** The lines of ffmpeg's list: `0: AMD Radeon RX 7900 XTX (RADV NAVI31) (discrete) (0x744c)`. */
export function cardsIn(log: string): VulkanCard[] {
  const lines = log.matchAll(
    /^\[[^\]]+\] +(\d+): (.+) \((integrated|discrete|virtual|software|unknown)\) \(0x([0-9a-f]+)\)$/gm,
  );
  return [...lines].map(([, index, name = "", type, model = "0"]) => ({
    ...{ index: Number(index), name, isSoftware: type === "software" },
    model: Number.parseInt(model, 16) === 0 ? null : model.padStart(4, "0"),
  }));
}
