import { createStore, del, entries, set } from "idb-keyval";
import { z } from "zod";
import { Order } from "./order.ts";

/** An upload that was begun, as this browser keeps it over a reload. The asset's id is the upload's: the server has its parts. */
const KeptUpload = z.object({
  assetId: z.string(),
  name: z.string(),
  bytes: z.number(),
  lastModified: z.number(),
  /** When its bytes last began to go up; ms since 1970. */
  begunAt: z.number(),
  order: Order,
  /** Where the browser gives one, the file can be opened again without a search for it. */
  handle: z.custom<FileSystemFileHandle>((value) => value !== null && typeof value === "object").optional(),
});
export type KeptUpload = z.infer<typeof KeptUpload>;

const store = createStore("reelway", "uploads");

export const keepUpload = (upload: KeptUpload) => set(upload.assetId, upload, store);
export const forgetUpload = (assetId: string) => del(assetId, store);

export async function keptUploads(): Promise<KeptUpload[]> {
  return (await entries(store)).flatMap(([, value]) => KeptUpload.safeParse(value).data ?? []);
}

/** Whether a file is the one that was begun with. */
export function isSameFile(kept: KeptUpload, file: File): boolean {
  return file.name === kept.name && file.size === kept.bytes && file.lastModified === kept.lastModified;
}
