/** The boxes of an MP4 or QuickTime file that hold others, down to the list of where its media lies. */
const parents = new Set(["moov", "trak", "mdia", "minf", "dinf"]);

/**
 * A QuickTime file whose media lies in another file, at this absolute path: its own data references become aliases of old
 * Macintoshes (QuickTime File Format, "data reference atoms"). The film must hold its index behind its media.
 */
export function aliasOf(film: Buffer, path: string): Buffer {
  return rewritten(film, path, true);
}

function rewritten(content: Buffer, path: string, isTop: boolean): Buffer {
  const boxes: Buffer[] = [];
  for (let at = 0; at + 8 <= content.length; ) {
    const size = content.readUInt32BE(at);
    const type = content.toString("latin1", at + 4, at + 8);
    const body = content.subarray(at + 8, at + size);
    if (type === "dref") boxes.push(box("dref", Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]), box("alis", alias(path))));
    else if (parents.has(type)) boxes.push(box(type, rewritten(body, path, false)));
    // Its own media is gone, so that none of it can be mistaken for the other file's.
    else if (type === "mdat" && isTop) boxes.push(box("mdat", Buffer.alloc(body.length)));
    else boxes.push(content.subarray(at, at + size));
    at += size;
  }
  return Buffer.concat(boxes);
}

function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}

/** Version and flags, the record's fixed part, the path under tag 2, and the end. */
function alias(path: string): Buffer {
  const name = Buffer.from(path.length % 2 === 0 ? path : `${path}\0`);
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE(2, 0);
  tag.writeUInt16BE(name.length, 2);
  return Buffer.concat([Buffer.alloc(4 + 150), tag, name, Buffer.from([0xff, 0xff, 0, 0])]);
}
