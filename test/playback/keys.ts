import type { IncomingMessage, ServerResponse } from "node:http";

/** The key of every encrypted title. */
export const KEY_ID = "0123456789abcdef0123456789abcdef";
export const KEY = "00112233445566778899aabbccddeeff";

/** Where the site gives it. */
export const KEY_PATH = "/key";

/** How players of HLS ask: by a GET for the key's bytes, or by a POST of a Clear Key licence request. */
export type KeyFormat = "identity" | "org.w3.clearkey";

const base64url = (hex: string) => Buffer.from(hex, "hex").toString("base64url");

/** Gives the key: to a GET its 16 bytes, to a POST a licence as Encrypted Media Extensions have it (§9.1.4). */
export function answerKey(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== "POST") return void response.end(Buffer.from(KEY, "hex"));
  const licence = { keys: [{ kty: "oct", kid: base64url(KEY_ID), k: base64url(KEY) }], type: "temporary" };
  request.resume().on("end", () => response.setHeader("content-type", "application/json").end(JSON.stringify(licence)));
}
