import { type Signal, signal } from "@preact/signals";
import type { KeptUpload } from "./kept-uploads.ts";
import type { Order } from "./order.ts";

/** Where a source on its way to a job stands. */
export type Standing =
  | { readonly kind: "chosen" }
  | { readonly kind: "waiting" }
  | { readonly kind: "uploading"; readonly sent: number; readonly perSecond: number | null }
  /** By the person. */
  | { readonly kind: "paused"; readonly sent: number }
  /** The connection is gone: it goes on by itself. */
  | { readonly kind: "offline"; readonly sent: number }
  /** Begun before a reload: the file must be chosen again. */
  | { readonly kind: "interrupted"; readonly sent: number; readonly problem: string | null }
  | { readonly kind: "ordering" }
  | { readonly kind: "done"; readonly jobId: string }
  | { readonly kind: "failed"; readonly error: unknown };

export type Source =
  | { readonly kind: "file"; readonly file: File; readonly handle: FileSystemFileHandle | undefined }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "kept"; readonly kept: KeptUpload };

/** One source, from the moment that it was chosen. */
export interface Item {
  readonly key: number;
  readonly name: string;
  /** Null of what is fetched. */
  readonly bytes: number | null;
  readonly source: Signal<Source>;
  readonly standing: Signal<Standing>;
  order: Order | null;
  assetId: string | null;
  /** Bytes that are up, as far as is known. */
  sent: number;
  stop: AbortController;
}

let count = 0;

export function newItem(name: string, bytes: number | null, source: Source, standing: Standing): Item {
  return {
    key: count++,
    name,
    bytes,
    source: signal(source),
    standing: signal(standing),
    order: null,
    assetId: null,
    sent: 0,
    stop: new AbortController(),
  };
}
