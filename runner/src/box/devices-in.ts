import { readdirSync } from "node:fs";
import { join } from "node:path";

/** How ffmpeg is asked for a vendor's devices, and the nodes by which they are reached. */
const vendors = [
  {
    // Vulkan reaches every maker's cards, NVIDIA's by nodes of its own.
    words: /(?:^|[^a-z])(?:nvenc|nvdec|cuvid|cuda|npp|vulkan)/,
    directory: "/dev",
    nodes: /^nvidia(?:\d+|ctl|-modeset|-uvm(?:-tools)?)$/,
  },
  { words: /(?:^|[^a-z])(?:vaapi|qsv|vulkan|opencl|amf)/, directory: "/dev/dri", nodes: /^renderD\d+$/ },
];

/**
 * The nodes of this host that a run of ffmpeg with these arguments works with. The one that is named, where one is. `root` is
 * where the system's files lie; `/` but in tests.
 */
export function devicesIn(args: readonly string[], root = "/"): string[] {
  const words = args.filter((arg) => !arg.startsWith("file:"));
  const named = words.flatMap((word) => word.match(/\/dev\/dri\/renderD\d+/g) ?? []);
  return vendors.flatMap(({ words: pattern, directory, nodes }) => {
    if (!words.some((word) => pattern.test(word))) return [];
    if (directory === "/dev/dri" && named.length > 0) return [...new Set(named)];
    return namesIn(join(root, directory))
      .filter((name) => nodes.test(name))
      .map((name) => join(directory, name));
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
