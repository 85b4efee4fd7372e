import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Boxes of MP4 on the way to the tables of tracks (ISO/IEC 14496-12 §8). */
const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl"]);
const HEADER = 8;
/** Of a sync sample table: header, version and flags, count, and each entry (§8.6.2). */
const TABLE = { count: 12, entries: 16, entry: 4 };

/**
 * A copy of an MP4 whose tables say that only the first picture is a key frame: sample by sample the same film, with the
 * same clock, edits and sound, but none that can be cut. It is written to this folder, under its own name.
 */
export function withOneKeyFrame(path: string, folder: string): string {
  const bytes = readFileSync(path);
  let changed = 0;
  const visit = (from: number, to: number): void => {
    for (let at = from; at + HEADER <= to; ) {
      const size = bytes.readUInt32BE(at);
      // The rest of the file, or a length of 64 bits: media, which no table is in.
      const end = size === 0 ? to : size === 1 ? at + Number(bytes.readBigUInt64BE(at + HEADER)) : at + size;
      const type = bytes.toString("latin1", at + 4, at + HEADER);
      if (CONTAINERS.has(type)) visit(at + HEADER, end);
      if (type === "stss") changed += keepFirst(bytes.subarray(at, end)) ? 1 : 0;
      at = end;
    }
  };
  visit(0, bytes.length);
  if (changed === 0) throw new Error(`${path} has no table of key frames that could be made shorter`);
  const copy = join(folder, basename(path));
  writeFileSync(copy, bytes);
  return copy;
}

/** Leaves the table's first entry; what its others took becomes free space. False where that is too little for a box. */
function keepFirst(table: Buffer): boolean {
  const end = TABLE.entries + TABLE.entry;
  if (table.length < end + HEADER) return false;
  table.writeUInt32BE(end, 0);
  table.writeUInt32BE(1, TABLE.count);
  table.writeUInt32BE(table.length - end, end);
  table.write("free", end + 4, "latin1");
  return true;
}
