/** Filters that see times and tags only. */
const anywhere = /^(fps|setsar|setparams|settb|setpts|sidedata|split|null|trim)$/;
const onDevice = /(_cuda|_vaapi|_qsv|_vt|_videotoolbox|_opencl|_vulkan)$|^libplacebo$/;

interface Walk {
  /** Where each pad's pictures are. */
  readonly ends: ReadonlyMap<string, "memory" | "device">;
  /** How often pictures went down or up. */
  readonly trips: number;
}

/** Follows pictures through a graph. Throws where a filter is given pictures that are not where it works. */
export function walk(graph: string, decodedOn: "memory" | "device"): Walk {
  const places = new Map<string, "memory" | "device">();
  let trips = 0;
  for (const chain of graph.split(";")) {
    const inputs = [...(/^(\[[^\]]+\])+/.exec(chain)?.[0].matchAll(/\[([^\]]+)\]/g) ?? [])].map(
      ([, name = ""]) => name,
    );
    const outputs = [...(/(\[[^\]]+\])+$/.exec(chain)?.[0].matchAll(/\[([^\]]+)\]/g) ?? [])].map(
      ([, name = ""]) => name,
    );
    const body = chain.replace(/^(\[[^\]]+\])+/, "").replace(/(\[[^\]]+\])+$/, "");
    const given = inputs.map((name) => places.get(name) ?? (name.startsWith("0:") ? decodedOn : "memory"));
    if (new Set(given).size !== 1) throw new Error(`${chain}: its inputs lie in different places`);
    let place = given[0] ?? "memory";
    for (const text of body.split(/(?<!\\),/)) {
      const [name = ""] = text.split("=");
      const derives = text.includes("derive_device");
      if (name === "hwdownload" || (name === "hwupload" && !derives)) {
        const [needed, next] =
          name === "hwdownload" ? (["device", "memory"] as const) : (["memory", "device"] as const);
        if (place !== needed) throw new Error(`${name} of pictures in ${place}: ${body}`);
        place = next;
        trips++;
      } else if (derives || onDevice.test(name)) {
        if (place !== "device") throw new Error(`${name} in memory: ${body}`);
      } else if (!anywhere.test(name) && place !== "memory") throw new Error(`${name} on the device: ${body}`);
    }
    for (const output of outputs) places.set(output, place);
  }
  return { ends: places, trips };
}
