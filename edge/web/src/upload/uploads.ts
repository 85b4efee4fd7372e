import { signal } from "@preact/signals";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { client } from "../api/client.ts";
import { queryClient } from "../app/query-client.ts";
import { type Item, newItem } from "./item.ts";
import { forgetUpload, isSameFile, type KeptUpload, keptUploads } from "./kept-uploads.ts";
import { nameOfUrl } from "./name-of-url.ts";
import type { Order } from "./order.ts";
import { sendFile } from "./send-file.ts";

/** Files that go up at once: each sends three parts at a time. */
const atOnce = 2;
const paused = Symbol("paused");
const removed = Symbol("removed");

/** All sources of this visit, oldest first, wherever the person is in the page. */
export const items = signal<readonly Item[]>([]);

export interface ChosenFile {
  readonly file: File;
  readonly handle?: FileSystemFileHandle | undefined;
}

/** Files to be converted. One that was begun before a reload goes on by itself. */
export function addFiles(chosen: readonly ChosenFile[]): void {
  for (const { file, handle } of chosen) {
    const begun = items.value.find((item) => {
      const source = item.source.value;
      return item.standing.value.kind === "interrupted" && source.kind === "kept" && isSameFile(source.kept, file);
    });
    if (begun) goOnWith(begun, { file, handle });
    else add(newItem(file.name, file.size, { kind: "file", file, handle }, { kind: "chosen" }));
  }
}

export function addUrl(url: string): void {
  add(newItem(nameOfUrl(url), null, { kind: "url", url }, { kind: "chosen" }));
}

/** Sends everything that was chosen on its way. */
export function begin(order: Order): void {
  for (const item of items.value) {
    if (item.standing.value.kind !== "chosen") continue;
    item.order = order;
    item.standing.value = { kind: "waiting" };
  }
  startWaiting();
}

export function pause(item: Item): void {
  item.stop.abort(paused);
  item.standing.value = { kind: "paused", sent: item.sent };
}

/** Goes on with what is paused, or tries again what failed. */
export function resume(item: Item): void {
  item.stop = new AbortController();
  item.standing.value = { kind: "waiting" };
  startWaiting();
}

/** Takes it from the list; an upload that is not whole is given up. */
export function remove(item: Item): void {
  item.stop.abort(removed);
  items.value = items.value.filter((other) => other !== item);
  const { assetId } = item;
  if (assetId === null || item.standing.value.kind === "done") return;
  void forgetUpload(assetId).catch(() => undefined);
  void client.assets.delete(assetId).catch(() => undefined);
}

/** The file of an upload that a reload interrupted. What is not the same file is refused, and why. */
export function goOnWith(item: Item, { file, handle }: ChosenFile): void {
  const source = item.source.value;
  if (source.kind !== "kept") return;
  if (!isSameFile(source.kept, file)) {
    const problem = `${file.name} is not the file that was begun with: name, size or date differ.`;
    item.standing.value = { kind: "interrupted", sent: item.sent, problem };
    return;
  }
  item.source.value = { kind: "file", file, handle };
  resume(item);
}

/** Brings back what an earlier visit left: to be called once. */
export async function recall(): Promise<void> {
  for (const kept of await keptUploads().catch(() => [])) await recallOne(kept);
}

async function recallOne(kept: KeptUpload): Promise<void> {
  if (items.value.some(({ assetId }) => assetId === kept.assetId)) return;
  const state = await stateOf(kept);
  if (state === "over") return forgetUpload(kept.assetId);
  if (state === "not ours") return;
  const sent = state === "uploading" ? await client.assets.uploadedBytes(kept.assetId).catch(() => 0) : 0;
  const item = newItem(kept.name, kept.bytes, { kind: "kept", kept }, { kind: "interrupted", sent, problem: null });
  item.assetId = kept.assetId;
  item.sent = sent;
  item.order = kept.order;
  add(item);
  // All bytes are there: only the job is missing.
  if (state === "ready") await orderJob(item, { assetId: kept.assetId }, kept.order);
}

type KeptState = "uploading" | "ready" | "over" | "not ours" | "unknown";

/** Where a kept upload stands. Somebody else's, who uses this browser too, reads as one that does not exist. */
async function stateOf({ assetId, begunAt }: KeptUpload): Promise<KeptState> {
  try {
    const { state } = await client.assets.get(assetId);
    return state === "uploading" || state === "ready" ? state : "over";
  } catch (error) {
    if (!(error instanceof ReelwayError && error.code === "not_found")) return "unknown";
    return Date.now() - begunAt > limits.uploadSessionMs ? "over" : "not ours";
  }
}

function add(item: Item): void {
  items.value = [...items.value, item];
}

function startWaiting(): void {
  const busy = items.value.filter(({ standing }) => ["uploading", "offline"].includes(standing.value.kind)).length;
  const waiting = items.value.filter(({ standing }) => standing.value.kind === "waiting");
  for (const item of waiting.slice(0, Math.max(0, atOnce - busy))) void work(item).finally(startWaiting);
}

async function work(item: Item): Promise<void> {
  const source = item.source.value;
  const { order, stop } = item;
  if (order === null) return;
  try {
    // Its bytes are all there: only what was refused is tried again.
    if (source.kind === "kept") return await orderJob(item, { assetId: source.kept.assetId }, order);
    if (source.kind === "url") return await orderJob(item, await fetchedTo(item, source.url, order), order);
    item.standing.value = { kind: "uploading", sent: item.sent, perSecond: null };
    const assetId = await sendFile(item, source.file, source.handle, order);
    await orderJob(item, { assetId }, order);
  } catch (error) {
    if (stop.signal.aborted) return;
    item.standing.value = { kind: "failed", error };
  }
}

/** What is to lie in a certain region begins to be fetched to it; else the job itself says where from. */
async function fetchedTo(item: Item, sourceUrl: string, { region }: Order) {
  if (region === undefined) return { sourceUrl };
  const options = { idempotencyKey: `${keyOf(item)}-fetch`, signal: item.stop.signal };
  const { id: assetId } = await client.assets.fetch({ sourceUrl, region }, options);
  return { assetId };
}

async function orderJob(item: Item, source: { assetId: string } | { sourceUrl: string }, order: Order): Promise<void> {
  item.standing.value = { kind: "ordering" };
  try {
    const job = await client.jobs.create({ ...order.recipe, ...source }, { idempotencyKey: keyOf(item) });
    item.standing.value = { kind: "done", jobId: job.id };
    if (item.assetId !== null) await forgetUpload(item.assetId).catch(() => undefined);
    void queryClient.invalidateQueries({ queryKey: ["jobs"] });
  } catch (error) {
    item.standing.value = { kind: "failed", error };
  }
}

/** The same for a repeat after a reload, so that a lost answer never makes a second job. */
function keyOf({ assetId, key }: Item): string {
  return assetId === null ? `${visit}-${key}` : `upload-${assetId}`;
}
const visit = crypto.randomUUID();
