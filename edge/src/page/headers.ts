import { isEmbed, isHashed } from "./paths.ts";

export interface PageAnswer {
  readonly path: string;
  /** HTML, or what stands for a copy of it that the browser has. */
  readonly document: boolean;
  /** The origin that the page is asked at. */
  readonly ownOrigin: string;
  /** Where the buckets answer: uploads go there directly, and pictures may come from there. */
  readonly bucketOrigin: string;
}

const YEAR_SECONDS = 31_536_000;

/** Headers of the dashboard's files: nothing runs in its documents but its own script, and only the embed may be framed. */
export function pageHeaders({ path, document, ownOrigin, bucketOrigin }: PageAnswer): Record<string, string> {
  if (!document) return { "cache-control": isHashed(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-cache" };
  const embedded = isEmbed(path);
  return {
    "cache-control": "no-cache",
    "content-security-policy": policy({ embedded, ownOrigin, bucketOrigin }),
    "cross-origin-opener-policy": "same-origin",
    // An embed is asked for by other sites.
    "cross-origin-resource-policy": embedded ? "cross-origin" : "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  };
}

interface Policy {
  readonly embedded: boolean;
  readonly ownOrigin: string;
  readonly bucketOrigin: string;
}

function policy({ embedded, ownOrigin, bucketOrigin }: Policy): string {
  // Not every browser takes 'self' for WebSockets.
  const socketOrigin = ownOrigin.replace(/^http/, "ws");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ${socketOrigin} ${bucketOrigin}`,
    `img-src 'self' data: blob: ${bucketOrigin}`,
    // hls.js feeds the player by blobs, decodes in a worker made of one, and begins each track of subtitles by an empty
    // text in its address: refused, a track that was switched off comes back without its lines.
    `media-src 'self' blob: data: ${bucketOrigin}`,
    "worker-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    `frame-ancestors ${embedded ? "*" : "'none'"}`,
  ].join("; ");
}
