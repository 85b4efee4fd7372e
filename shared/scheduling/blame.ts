import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";

/**
 * Whom a failed attempt speaks against, by the catalogue's `fault`. A bad source or an impossible wish speaks against
 * neither the runner nor the recipe; what a runner owes to its own host (its disk, its version, its going away) does not
 * speak against the recipe.
 */
export function blames(code: ErrorCode): { readonly runner: boolean; readonly recipe: boolean } {
  const { fault, class: errorClass } = errorCatalogue[code];
  const runner = fault === "runner";
  return { runner, recipe: runner && errorClass === "processing" && code !== "runner_lost" };
}
