import { signal } from "@preact/signals";
import { explain } from "../api/explain.ts";
import { Button } from "./button.tsx";
import "./toast.css";

interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
  /** What it is about: a later one about the same takes its place. */
  readonly about: string;
}

const shownMs = 6_000;
const toasts = signal<readonly Toast[]>([]);
let count = 0;

function show(tone: Toast["tone"], text: string, about = text): void {
  const toast = { id: count++, tone, text, about };
  toasts.value = [...toasts.value.filter((one) => one.about !== about), toast];
  // What went wrong stays until it was read.
  if (tone === "good") setTimeout(() => dismiss(toast.id), shownMs);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Says for a few seconds what happened to what. `about` names that thing, where more than one can happen to it. */
export const tell = (text: string, about?: string) => show("good", text, about);

/** Tells of an action that failed, with its code and what helps. */
export function tellFailure(what: string, error: unknown, about?: string): void {
  const { code, detail, remedy } = explain(error);
  show("bad", `${what}: ${detail} ${remedy} (${code})`, about);
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
