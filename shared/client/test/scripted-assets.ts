import type { ServerResponse } from "node:http";
import { type Asset, AssetRequest, PartUrlsRequest, UploadedPart } from "../../contracts/asset.ts";
import { newRegionalId } from "../../ids.ts";
import { problem, send } from "./answers.ts";
import type { ScriptedStorage } from "./scripted-storage.ts";

interface ScriptedAsset {
  asset: Asset;
  /** Numbers of those that the client has told. */
  parts: Set<number>;
}

const partBytes = 400;
const singleMax = 1_000;

/** The assets, and how their bytes come up: in parts where they are more than a kilobyte. */
export class ScriptedAssets {
  readonly assets = new Map<string, ScriptedAsset>();
  readonly #storage: ScriptedStorage;

  constructor(storage: ScriptedStorage) {
    this.#storage = storage;
  }

  /** `on` is method and path with `:id` and `:n` in the places of what `id` and `part` hold. */
  answer(on: string, id: string, part: number, json: unknown, response: ServerResponse): true {
    if (on === "POST assets") return send(response, this.#create(json), 201);
    const entry = this.assets.get(id);
    if (!entry) return problem(response, "not_found", "no such asset");
    switch (on) {
      case "GET assets/:id/upload":
        return send(response, this.#uploadOf(entry));
      case "POST assets/:id/parts":
        return send(response, { parts: this.#partUrls(id, json) });
      case "PUT assets/:id/parts/:n":
        UploadedPart.parse(json);
        entry.parts.add(part);
        return send(response, {});
      case "POST assets/:id/complete":
        return this.#complete(entry) ? send(response, entry.asset) : problem(response, "upload_parts_missing", "some");
      case "DELETE assets/:id":
        this.assets.delete(id);
        return send(response, { assetId: id, objects: 1, bytes: 1, erasedAt: 1, pendingUntil: null, outputs: null });
      default:
        return send(response, entry.asset);
    }
  }

  #create(json: unknown) {
    const { name = "", bytes = 0, contentType, region = "enam" } = AssetRequest.parse(json);
    const asset: Asset = {
      id: newRegionalId("ast", region),
      name,
      bytes,
      contentType,
      region,
      state: "uploading",
      etag: null,
      source: null,
      fetchJobId: null,
      error: null,
      createdAt: Date.now(),
      completedAt: null,
    };
    const entry = { asset, parts: new Set<number>() };
    this.assets.set(asset.id, entry);
    return { asset, upload: this.#uploadOf(entry).upload };
  }

  #uploadOf({ asset, parts }: ScriptedAsset) {
    const upload =
      asset.bytes <= singleMax
        ? { kind: "single", request: this.#storage.signed("PUT", asset.id) }
        : { kind: "multipart", partBytes, partCount: partCountOf(asset) };
    return { asset, upload: asset.state === "ready" ? null : upload, uploadedParts: [...parts] };
  }

  #partUrls(id: string, json: unknown) {
    return PartUrlsRequest.parse(json).parts.map(({ partNumber, md5 }) => {
      const request = this.#storage.signed("PUT", `${id}.${partNumber}`);
      return { partNumber, request: md5 === undefined ? request : { ...request, headers: { "content-md5": md5 } } };
    });
  }

  /** Whether all its bytes lie there. */
  #complete(entry: ScriptedAsset): boolean {
    const { objects } = this.#storage;
    const { id, bytes, state } = entry.asset;
    const isSingle = bytes <= singleMax || state === "ready";
    const keys = isSingle ? [id] : Array.from({ length: partCountOf(entry.asset) }, (_, n) => `${id}.${n + 1}`);
    const whole = Buffer.concat(keys.map((key) => objects.get(key) ?? Buffer.alloc(0)));
    if (whole.length !== bytes) return false;
    objects.set(id, whole);
    entry.asset = { ...entry.asset, state: "ready", etag: "x", completedAt: Date.now() };
    return true;
  }
}

function partCountOf({ bytes }: Asset): number {
  return Math.ceil(bytes / partBytes);
}
