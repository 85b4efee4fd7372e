import type { PageQuery } from "../contracts/page.ts";
import { page } from "../contracts/page.ts";
import {
  MissingBytesPage,
  UnknownBytes,
  UnknownBytesDeleted,
  type UnknownBytesDeletion,
  type UnknownBytesKept,
  type UnknownBytesQuery,
} from "../contracts/storage-check.ts";
import type { Http } from "./http.ts";

/** Buckets and records, held against each other. For who runs the installation. */
export function storageResource(http: Http) {
  return {
    /** Sources and results whose bytes are gone or are others; a page looks at so many sources or jobs. */
    missing: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/storage/missing", query, schema: MissingBytesPage, signal }),
    /** Storage roots of a region's bucket that no record knows. */
    unknown: (query: Pick<UnknownBytesQuery, "region"> & Partial<PageQuery>, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/storage/unknown", query, schema: page(UnknownBytes), signal }),
    /** Has them deleted, a week later where nothing else is said, each unless a record knows it by then. */
    deleteUnknown: (body: UnknownBytesDeletion, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/storage/unknown/delete", body, schema: UnknownBytesDeleted, signal }),
    /** Takes that back. */
    keepUnknown: (body: UnknownBytesKept, signal?: AbortSignal) =>
      http.done({ method: "POST", path: "/storage/unknown/keep", body, signal }),
  };
}
