import type { ComponentHelp } from "./help.ts";

/** A part of ffmpeg that has options of its own, as `-h` names it: `encoder=h264_nvenc`, `filter=scale_cuda`. */
export type Component = `${"encoder" | "filter"}=${string}`;

/**
 * The words that the ffmpeg at hand knows, asked of it and not guessed from its version: the one place where builders learn
 * what they may say.
 */
export interface Vocabulary {
  readonly has: (component: Component) => boolean;
  /** Whether the component takes the option and, where its values are words, this one. */
  readonly takes: (component: Component, option: string, value?: string) => boolean;
}

/** Taken by every encoder, or by ffmpeg itself on its behalf; `-h encoder=…` does not repeat them. */
const ofEveryEncoder = new Set([
  ...["b", "maxrate", "bufsize", "g", "bf", "q", "global_quality", "compression_level", "profile", "level", "tag"],
  "force_key_frames",
]);
/** The same for filters. */
const ofEveryFilter = new Set(["extra_hw_frames"]);

export function vocabularyOf(help: ReadonlyMap<Component, ComponentHelp>): Vocabulary {
  return {
    has: (component) => help.has(component),
    takes: (component, option, value) => {
      const options = help.get(component);
      if (options === undefined) return false;
      const words = options.get(option);
      const general = component.startsWith("encoder=") ? ofEveryEncoder : ofEveryFilter;
      if (words === undefined) return general.has(option);
      return value === undefined || words.size === 0 || words.has(value) || /^-?\d+$/.test(value);
    },
  };
}

/** Knows nothing: of a host without devices, whose builders never ask. */
export const noVocabulary: Vocabulary = { has: () => false, takes: () => false };
