import { signal } from "@preact/signals";
import { explain } from "../api/explain.ts";
import { Button } from "./button.tsx";
import "./toast.css";

interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

const shownMs = 6_000;
const toasts = signal<readonly Toast[]>([]);
let count = 0;

function show(tone: Toast["tone"], text: string): void {
  const toast = { id: count++, tone, text };
  toasts.value = [...toasts.value, toast];
  // What went wrong stays until it was read.
  if (tone === "good") setTimeout(() => dismiss(toast.id), shownMs);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export const tell = (text: string) => show("good", text);

/** Tells of an action that failed, with its code and what helps. */
export function tellFailure(what: string, error: unknown): void {
  const { code, detail, remedy } = explain(error);
  show("bad", `${what}: ${detail} ${remedy} (${code})`);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, text }) => (
        <div key={id} class={`toast ${tone}`}>
          <span class="grow">{text}</span>
          <Button kind="quiet" icon="close" label="Dismiss" small onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
