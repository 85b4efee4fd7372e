import type { ComponentChildren } from "preact";
import "./badge.css";

export type Tone = "neutral" | "accent" | "good" | "bad" | "warn";

/** A state in a word: its colour repeats the word, never replaces it. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
