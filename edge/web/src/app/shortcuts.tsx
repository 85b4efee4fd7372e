import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { railEntries } from "./rail-entries.ts";
import "./shortcuts.css";
import { isTyping } from "./typing.ts";

/** A `g` waits this long for its second key. */
const pairMs = 1_200;

interface KeyList {
  readonly title: string;
  readonly keys: readonly (readonly [keys: readonly string[], what: string])[];
}

/** What leads back, and less, stands before what leads forward, and more. */
const lists: readonly KeyList[] = [
  {
    title: "Everywhere",
    keys: [
      ...railEntries.map(({ key, label }) => [["g", key], `Go to ${label}`] as const),
      [["/"], "Search the jobs"],
      [["?"], "This list"],
    ],
  },
  {
    title: "Player",
    keys: [
      [["Space", "k"], "Play, pause"],
      [["←", "→"], "5 seconds back, forward"],
      [["j", "l"], "10 seconds back, forward"],
      [["↓", "↑"], "Softer, louder"],
      [["<", ">"], "Slower, faster"],
      [["m"], "Mute"],
      [["c"], "Subtitles on, off"],
      [["f"], "Full screen"],
    ],
  },
  {
    title: "Timeline of tasks",
    keys: [
      [["←", "→"], "The task before, the next"],
      [["Home", "End"], "The first, the last"],
    ],
  },
  {
    title: "Charts",
    keys: [
      [["←", "→"], "The moment before, the next"],
      [["Page down", "Page up"], "Ten moments back, forward"],
      [["Home", "End"], "The first, the last"],
    ],
  },
];

/** The keys that the page knows, and the list of them. */
export function Shortcuts() {
  const [shown, setShown] = useState(false);
  const [, go] = useLocation();
  const pairedAt = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        isTyping(event.target) ||
        document.querySelector("dialog[open]")
      )
        return;
      const entry = railEntries.find(({ key }) => key === event.key);
      if (Date.now() - pairedAt.current < pairMs && entry) {
        pairedAt.current = 0;
        event.preventDefault();
        go(entry.to);
      } else if (event.key === "g") pairedAt.current = Date.now();
      else if (event.key === "?") setShown(true);
      else if (event.key === "/") {
        event.preventDefault();
        go("/jobs?focus=search");
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [go]);
  return (
    <>
      <Button kind="quiet" icon="keyboard" label="Keyboard shortcuts" small onClick={() => setShown(true)} />
      {shown ? (
        <Dialog wide title="Keyboard shortcuts" onClose={() => setShown(false)}>
          <div class="shortcuts">
            {lists.map(({ title, keys }) => (
              <section key={title} class="stack">
                <h3>{title}</h3>
                <dl>
                  {keys.map(([pressed, what]) => (
                    <div key={what}>
                      <dt>
                        {pressed.map((key) => (
                          <kbd key={key}>{key}</kbd>
                        ))}
                      </dt>
                      <dd>{what}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
