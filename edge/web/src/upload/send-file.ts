import { NotReachableError } from "@reelway/shared/client/api-error";
import { client } from "../api/client.ts";
import type { Item } from "./item.ts";
import { keepUpload } from "./kept-uploads.ts";
import type { Order } from "./order.ts";
import { Pace } from "./pace.ts";
import { Throttle } from "./throttle.ts";

/** Told at most this often. */
const tellMs = 250;
/** After a lost connection, unless the browser says earlier that it is back. */
const againMs = 5_000;

/**
 * Brings the item's file into its bucket: what is there already is not sent again. A lost connection is waited for, and
 * the item stands as offline until bytes move again.
 * Rejects with the reason of `item.stop` when it is paused, with what the API or the storage says when they refuse.
 */
export async function sendFile(
  item: Item,
  file: File,
  handle: FileSystemFileHandle | undefined,
  order: Order,
): Promise<string> {
  const { signal } = item.stop;
  const pace = new Pace();
  const progress = new Throttle(tellMs, () => {
    if (!signal.aborted) item.standing.value = { kind: "uploading", sent: item.sent, perSecond: pace.perSecond };
  });
  for (;;) {
    // What was there when this try began: more than that says that there is a connection.
    let sentBefore: number | null = null;
    try {
      const source = {
        name: file.name.normalize("NFC"),
        type: file.type.toLowerCase(),
        bytes: file.size,
        slice: (start: number, end: number) => file.slice(start, end),
      };
      const asset = await client.assets.upload(source, {
        region: order.region,
        resume: item.assetId ?? undefined,
        signal,
        onAsset: ({ id }) => {
          item.assetId = id;
          const { name, size: bytes, lastModified } = file;
          const kept = { assetId: id, name, bytes, lastModified, begunAt: Date.now(), order };
          // Private windows may have no database: then a reload forgets the upload, and nothing else.
          void keepUpload(handle === undefined ? kept : { ...kept, handle }).catch(() => undefined);
        },
        onProgress: ({ uploadedBytes }) => {
          if (item.stop.signal !== signal) return;
          item.sent = uploadedBytes;
          // What a pause cuts off is taken back: by then it stands as paused.
          if (signal.aborted) return takeBack(item);
          sentBefore ??= uploadedBytes;
          pace.note(uploadedBytes, Date.now());
          if (item.standing.value.kind === "uploading" || uploadedBytes > sentBefore) progress.call();
        },
      });
      return asset.id;
    } catch (error) {
      progress.cancel();
      signal.throwIfAborted();
      if (!(error instanceof NotReachableError)) throw error;
      item.standing.value = { kind: "offline", sent: item.sent };
      await backOnline(signal);
    } finally {
      progress.cancel();
    }
  }
}

function takeBack({ standing, sent }: Item): void {
  if (standing.value.kind === "paused") standing.value = { kind: "paused", sent };
}

function backOnline(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      removeEventListener("online", back);
      signal.removeEventListener("abort", stopped);
      settle();
    };
    const back = end(resolve);
    const stopped = end(() => reject(signal.reason));
    const timer = setTimeout(back, againMs);
    addEventListener("online", back);
    signal.addEventListener("abort", stopped);
  });
}
