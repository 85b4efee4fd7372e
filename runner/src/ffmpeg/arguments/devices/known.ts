import type { Vocabulary } from "../../vocabulary.ts";
import type { Filter, Option, Recipe } from "./family.ts";

/** The options without those that this ffmpeg does not know: most only refine, and a proof shows that the rest is enough. */
export function knownOptions(encoder: string, options: readonly Option[], vocabulary: Vocabulary): string[] {
  return options.filter(([flag, value]) => vocabulary.takes(`encoder=${encoder}`, optionName(flag), value)).flat();
}

/** An option's name as help lists it: `-profile:v` is `profile`. */
export function optionName(flag: string): string {
  return flag.replace(/^-/, "").replace(/:v$/, "");
}

/** Filters of a chain as text; numbers and our own words only. Options that this ffmpeg does not know are left out. */
export function filterText(filters: readonly Filter[], vocabulary: Vocabulary): string[] {
  return filters.map(({ name, options }) => {
    const known = isOurs(name)
      ? options.filter(([key, value]) => vocabulary.takes(`filter=${name}`, key, value))
      : options;
    return known.length === 0 ? name : `${name}=${known.map(([key, value]) => `${key}=${value}`).join(":")}`;
  });
}

/** Filters that all builds have in one form need no asking. */
const plainFilters = new Set(["format", "premultiply", "hwdownload", "setparams"]);
const isOurs = (name: string) => !plainFilters.has(name);

/** Whether this ffmpeg has every filter and option that the recipe can't do without. */
export function isKnown({ needs }: Pick<Recipe<never>, "needs">, vocabulary: Vocabulary): boolean {
  return needs.every((need) => {
    const [name = "", option] = need.split(".");
    return option === undefined ? vocabulary.has(`filter=${name}`) : vocabulary.takes(`filter=${name}`, option);
  });
}
