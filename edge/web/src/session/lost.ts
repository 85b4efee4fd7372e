import { signal } from "@preact/signals";

/** The API no longer knows who asks: the page shows its sign-in, and then goes on where it was. */
export const lost = signal(false);
