import { ConnectionId } from "../../ids.ts";
import { checked } from "../failures.ts";

/** A source that needs no upload: an asset, a URL, or an object in a bucket of one's own. */
export type NamedSource =
  | { assetId: string }
  | { sourceUrl: string }
  | { source: { connectionId: string; key: string } };

/** What a text of the command line names; undefined where it is neither a URL nor, with a connection, a key. */
export function namedSourceOf(text: string, connection: string | undefined): NamedSource | undefined {
  if (connection !== undefined)
    return { source: { connectionId: checked(ConnectionId, connection, "--connection"), key: text } };
  return /^https?:\/\//i.test(text) ? { sourceUrl: text } : undefined;
}

/** A name for what is made of a source: the last part of its URL or key, which is never a path of ours. */
export function nameOfSource(source: NamedSource): string {
  if ("assetId" in source) return `asset${source.assetId.slice("ast".length)}`;
  const path = "source" in source ? source.source.key : (URL.parse(source.sourceUrl)?.pathname ?? "");
  const last = path.split("/").filter(Boolean).at(-1) ?? "source";
  return last.replace(/%[0-9a-f]{2}|[^\p{L}\p{N}._ -]/giu, "_");
}
