import type { QueueStore } from "../../store.ts";

/** What is tried with a store; `reopen` gives one over the same rows, and is null where nothing outlives the store. */
export type StoreTestBody = (store: QueueStore, reopen: (() => QueueStore) | null) => void;

/** Declares one test, run with a new, empty store. */
export type StoreTest = (title: string, body: StoreTestBody) => void;
