import { usePresets } from "../api/catalogues.ts";
import { usePageTitle } from "../app/page-title.ts";
import { Button } from "../parts/button.tsx";
import { begin, items } from "../upload/uploads.ts";
import "./convert-page.css";
import { DropZone } from "./drop-zone.tsx";
import { ItemRow } from "./item-row.tsx";
import { OrderOptions } from "./order-options.tsx";
import { PresetCards } from "./preset-cards.tsx";
import { order } from "./recipe.ts";
import { SpecEditor } from "./spec-editor.tsx";
import { startWords } from "./start-words.ts";

/** Sources in, a recipe for them, and their way up. */
export function ConvertPage() {
  usePageTitle("Convert");
  // What stands below the presets would be pushed down when they come.
  const { isPending } = usePresets();
  return (
    <>
      <div class="page-head">
        <h1>Convert</h1>
      </div>
      <div class="convert">
        <section class="stack" aria-labelledby="sources">
          <h2 id="sources">1. Sources</h2>
          <DropZone />
          {items.value.length === 0 ? null : (
            <ul class="panel item-list" aria-label="Chosen sources">
              {items.value.map((item) => (
                <ItemRow key={item.key} item={item} />
              ))}
            </ul>
          )}
        </section>
        <section class="stack" aria-labelledby="recipe">
          <h2 id="recipe">2. What to make</h2>
          <PresetCards />
          {isPending ? null : <SpecEditor />}
        </section>
        {isPending ? null : <Start />}
      </div>
    </>
  );
}

/** The way back up to the field that has the problem. */
function ToTheProblem() {
  return (
    <>
      The settings have a problem:{" "}
      <button
        type="button"
        class="to-problem"
        onClick={() => {
          const field = document.querySelector<HTMLElement>("#settings [aria-invalid='true']");
          (field ?? document.getElementById("settings"))?.focus();
        }}
      >
        see above
      </button>
      .
    </>
  );
}

/** Where to, how soon, and the way there. */
function Start() {
  const chosen = items.value.filter(({ standing }) => standing.value.kind === "chosen").length;
  const wanted = order.value;
  return (
    <section class="stack convert-last" aria-labelledby="start">
      <h2 id="start" class="unseen">
        3. Start
      </h2>
      <OrderOptions />
      <div class="convert-start">
        <Button
          kind="primary"
          icon="play"
          disabled={chosen === 0 || wanted === null}
          onClick={() => wanted && begin(wanted)}
        >
          {chosen < 2 ? "Convert" : `Convert ${chosen} sources`}
        </Button>
        <p class="small soft" aria-live="polite">
          {chosen === 0 ? (
            startWords(items.value)
          ) : wanted === null ? (
            <ToTheProblem />
          ) : (
            "Uploads go straight to the region's bucket."
          )}
        </p>
      </div>
    </section>
  );
}
