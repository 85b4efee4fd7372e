import { fromHex } from "../encoding/hex.ts";

/** The Content-MD5 header (RFC 1864: base64) of a digest as the API writes it (hex). */
export function contentMd5(md5: string): string {
  return btoa(String.fromCharCode(...fromHex(md5)));
}
