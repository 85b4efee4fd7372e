import { signal } from "@preact/signals";

const link = /^#\/sign-in\?code=([\w.~-]+)$/;

/** The one-time code that the page was opened with; null without one. It leaves the address at once, and the history. */
export const codeOfLink = signal<string | null>(take());

// A link that is opened where the page is open already loads nothing anew.
addEventListener("hashchange", () => {
  codeOfLink.value = take() ?? codeOfLink.value;
});

function take(): string | null {
  const code = link.exec(location.hash)?.[1] ?? null;
  if (code !== null) history.replaceState(null, "", "/");
  return code;
}
