import type { Vocabulary } from "../../vocabulary.ts";
import type { Depth, FilterName, ProvenDevice } from "./device.ts";
import type { DeviceFamily, StepWishes } from "./family.ts";
import { filterText, isKnown } from "./known.ts";

/** What one device does by itself, as far as it was proved; null where the step has to be done in memory. */
export type DeviceSteps = {
  readonly [Name in FilterName]: (wish: StepWishes[Name], depth: Depth) => string[] | null;
};

export function deviceSteps(
  { filters: proven }: Pick<ProvenDevice, "filters">,
  { filters }: DeviceFamily,
  vocabulary: Vocabulary,
): DeviceSteps {
  const step =
    <Name extends FilterName>(name: Name) =>
    (wish: StepWishes[Name], depth: Depth): string[] | null => {
      const recipe = filters[name].find((candidate) => candidate.name === proven[name]);
      const fits = recipe?.depths.includes(depth) === true && isKnown(recipe, vocabulary);
      return recipe && fits ? filterText(recipe.write(wish), vocabulary) : null;
    };
  return {
    scale: step("scale"),
    pad: step("pad"),
    turn: step("turn"),
    deinterlace: step("deinterlace"),
    toneMap: step("toneMap"),
    overlay: step("overlay"),
  };
}
