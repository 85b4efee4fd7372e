import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { GrantedFile, RenditionFiles } from "@reelway/shared/contracts/grant";
import type { RenditionReport } from "@reelway/shared/contracts/package-report";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { inParallel } from "../../storage/in-parallel.ts";
import { readRange } from "../../storage/read-range.ts";
import { bareEtag, readReserveMs } from "../../storage/storage-request.ts";
import type { KindContext } from "../kind.ts";

const filesAtOnce = 4;
/** What is held in memory of each of them, bytes. */
const pieceBytes = 8 * 1024 * 1024;
const MD5_ETAG = /^[0-9a-f]{32}$/;

/** Where a file of the rendition comes to lie in the file of all of them. */
interface Place {
  readonly granted: GrantedFile;
  readonly offset: number;
}

/**
 * Brings the init segment and all segments of a rendition to one file, one behind the other. The caller has made room for
 * them. Throws input_changed where they are not what was packaged; download_failed; the signal's reason.
 */
export async function bringRendition(
  context: KindContext,
  report: RenditionReport,
  path: string,
  onBytes: (more: number) => void,
): Promise<void> {
  const expected = [{ name: initFile(report.id), bytes: report.initBytes }].concat(
    report.segments.map(({ number, bytes }) => ({ name: segmentFile(report.id, number), bytes })),
  );
  const file = await open(path, "w");
  try {
    let [known, offset] = [0, 0];
    while (known < expected.length) {
      const page = new Page(context, report.id, known);
      const places: Place[] = [];
      for (const granted of await page.files()) {
        const { name, bytes } = expected[known++] ?? {};
        if (granted.name !== name || granted.bytes !== bytes)
          throw new ReelwayError("input_changed", `${granted.name} is not as it was packaged`);
        places.push({ granted, offset });
        offset += granted.bytes;
      }
      await inParallel(filesAtOnce, places, (place) => copy(context, page, place, file, onBytes));
    }
  } finally {
    await file.close();
  }
}

/** Grants that were given together, and are given anew together. */
class Page {
  readonly #context: KindContext;
  readonly #wanted: { readonly rendition: string; readonly from: number };
  #granted: Promise<RenditionFiles>;

  constructor(context: KindContext, rendition: string, from: number) {
    this.#context = context;
    this.#wanted = { rendition, from };
    this.#granted = context.renditionFiles(this.#wanted);
  }

  async files(): Promise<readonly GrantedFile[]> {
    const { files } = await this.#granted;
    if (files.length === 0) throw new ReelwayError("input_changed", `${this.#wanted.rendition} ends too early`);
    return files;
  }

  /** A grant that holds for a while. `refused`: this one did not, whatever its time says. */
  async request({ name, etag }: GrantedFile, refused: GrantedFile["request"] | null): Promise<GrantedFile["request"]> {
    const find = async () =>
      (await this.#granted).files.find((file) => file.name === name && file.etag === etag)?.request;
    let request = await find();
    const holds = request !== undefined && request.expiresAt - readReserveMs > this.#context.pacing.now();
    // Another file of the page may have asked already.
    if (!holds || request?.url === refused?.url) {
      const fresh = this.#context.renditionFiles(this.#wanted);
      fresh.catch(() => undefined);
      this.#granted = fresh;
      request = await find();
    }
    if (request === undefined) throw new ReelwayError("input_changed", `${name} is another one than it was`);
    return request;
  }
}

async function copy(
  context: KindContext,
  page: Page,
  { granted, offset }: Place,
  file: FileHandle,
  onBytes: (more: number) => void,
): Promise<void> {
  const { signal, storageStallMs: stallMs, pacing } = context;
  const etag = bareEtag(granted.etag);
  let last: GrantedFile["request"] | null = null;
  const remote = {
    ...{ bytes: granted.bytes, etag },
    request: async (refused = false) => {
      last = await page.request(granted, refused ? last : null);
      return last;
    },
  };
  const md5 = createHash("md5");
  for (let from = 0; from < granted.bytes; from += pieceBytes) {
    const length = Math.min(pieceBytes, granted.bytes - from);
    const piece = await readRange(remote, { offset: from, length }, { signal, stallMs, pacing });
    md5.update(piece);
    await file.write(piece, 0, length, offset + from);
    onBytes(length);
  }
  if (MD5_ETAG.test(etag) && md5.digest("hex") !== etag)
    throw new ReelwayError("download_failed", `${granted.name} does not have the promised MD5`);
}
