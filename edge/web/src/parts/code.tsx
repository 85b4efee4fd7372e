import { Button } from "./button.tsx";
import "./code.css";
import { tell, tellFailure } from "./toast.tsx";

/** Puts it into the clipboard, and tells how that went. */
export async function copyText(text: string, label: string): Promise<void> {
  try {
    // Over plain HTTP there is no clipboard, and to ask for it throws.
    await navigator.clipboard.writeText(text);
    tell(`${label} copied.`);
  } catch (error) {
    tellFailure("The browser did not let it be copied", error);
  }
}

/** Text to copy: a snippet, a log's end, an id. */
export function Code({ text, label, tall = false }: { text: string; label: string; tall?: boolean }) {
  return (
    <div class={`code ${tall ? "tall" : ""}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="code-text" tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <Button icon="copy" label={`Copy: ${label}`} small kind="quiet" onClick={() => void copyText(text, label)} />
    </div>
  );
}
