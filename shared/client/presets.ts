import { z } from "zod";
import { Preset } from "../contracts/preset.ts";
import { type Http, pathOf } from "./http.ts";

/** The job specs that ship with Reelway, by name and version. */
export function presetsResource(http: Http) {
  return {
    list: (signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/presets", schema: z.object({ items: z.array(Preset) }), signal }),
    get: (name: string, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/presets/${name}`, schema: Preset, signal }),
  };
}
