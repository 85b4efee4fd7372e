import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import "./dialog.css";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons at its end. */
  actions?: ComponentChildren;
  /** For what would break into too many lines. */
  wide?: boolean;
  /** A press beside it does not close it. */
  stays?: boolean;
  /** What it began is under way: nothing closes it until that has ended. */
  busy?: boolean;
}

/**
 * A modal dialog while it is rendered. Escape, its button and a press beside it close it; focus goes back where it was, or
 * to the page's content where what had it is gone.
 */
export function Dialog({ title, onClose, children, actions, wide = false, stays = false, busy = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const isOver = useRef(false);
  const id = useId();
  // At once: a key that follows is the dialog's.
  useLayoutEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      // While it is open, nothing beneath it takes the focus.
      isOver.current = true;
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else document.querySelector("main")?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={`dialog ${wide ? "wide" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        if (busy) event.preventDefault();
      }}
      onClose={() => {
        if (isOver.current) return;
        // Browsers let a second Escape through whatever the first was answered.
        if (busy) ref.current?.showModal();
        else onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === ref.current && !stays && !busy) onClose();
      }}
    >
      <div class="dialog-inside">
        <header class="line">
          <h2 id={id} class="grow">
            {title}
          </h2>
          <Button kind="quiet" icon="close" label="Close" small disabled={busy} onClick={onClose} />
        </header>
        {children}
        {actions === undefined ? null : <footer class="dialog-actions">{actions}</footer>}
      </div>
    </dialog>
  );
}
