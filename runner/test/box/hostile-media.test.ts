import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { SandboxRung } from "@reelway/shared/contracts/sandbox";
import { describe, expect, it, onTestFinished } from "vitest";
import { fixture } from "../fixtures.ts";
import { ffmpegPath } from "../media-tools.ts";
import { confiningRungs } from "../support/box.ts";
import { aliasOf } from "./alias-film.ts";
import { Scene } from "./run-boxed.ts";

const MiB = 1024 ** 2;
/** A picture that is nowhere else: were it read, it would be in what comes out. */
const SECRET = "the secret of this host";

/** Every protection of our own left out: ffmpeg is told to follow whatever a file says. */
const reckless = [
  "-nostdin",
  "-v",
  "error",
  "-y",
  "-protocol_whitelist",
  "file,http,tcp,udp,rtp,data,crypto,subfile,concat,pipe",
];
const all = (formats: string) => (formats === "hls" ? ["-allowed_extensions", "ALL"] : []);

interface Trap {
  readonly scene: Scene;
  /** A film of the host's, out of the box's reach. */
  readonly film: string;
  /** A text of the host's, out of the box's reach. */
  readonly text: string;
  /** A port of loopback on which every connection is counted. */
  readonly port: number;
  readonly reached: () => number;
}

async function setTrap(rung: SandboxRung): Promise<Trap> {
  const scene = await Scene.open({ memoryBytes: 1_024 * MiB }, rung);
  const [film, text] = [join(scene.root, "film.ts"), join(scene.root, "secret.txt")];
  await writeFile(film, await filmBytes(), { mode: 0o644 });
  await writeFile(text, SECRET, { mode: 0o644 });
  let reached = 0;
  const server = createServer((socket) => {
    reached++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { scene, film, text, port: typeof address === "object" ? (address?.port ?? 0) : 0, reached: () => reached };
}

async function filmBytes(): Promise<Buffer> {
  const scene = await Scene.open();
  await scene.put("clip.mp4", await readFile(await fixture("clip.mp4")));
  await scene.run([ffmpegPath, "-v", "error", "-i", join(scene.input, "clip.mp4"), "-c", "copy", "film.ts"]);
  return scene.read("film.ts");
}

const hls = (uri: string, more = "") => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${more}#EXTINF:2,\n${uri}\n#EXT-X-ENDLIST\n`;
const dash = (uri: string) =>
  `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="1"><BaseURL>${uri}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>`;
const svg = (uri: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64"><image width="64" height="64" xlink:href="${uri}"/></svg>`;

describe.each(confiningRungs)("a file that leads elsewhere, to an ffmpeg that follows it, in %s", (rung) => {
  const payloads: readonly (readonly [name: string, format: string, payload: (trap: Trap) => string])[] = [
    ["HLS to a file", "hls", ({ film }) => hls(`file://${film}`)],
    ["HLS to an absolute path", "hls", ({ film }) => hls(film)],
    ["HLS with a map", "hls", ({ film }) => hls(film, `#EXT-X-MAP:URI="${film}"\n`)],
    ["HLS to an address", "hls", ({ port }) => hls(`http://127.0.0.1:${port}/a.ts`)],
    [
      "HLS with a key elsewhere",
      "hls",
      ({ port }) => hls("a.ts", `#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:${port}/k"\n`),
    ],
    ["HLS by subfile", "hls", ({ film }) => hls(`subfile,,start,0,end,99999,,:${film}`)],
    ["HLS by concat", "hls", ({ film }) => hls(`concat:${film}|${film}`)],
    ["HLS by data", "hls", ({ film }) => hls(`data:text/plain,${film}`)],
    ["DASH to a file", "dash", ({ film }) => dash(`file://${film}`)],
    ["DASH to an address", "dash", ({ port }) => dash(`http://127.0.0.1:${port}/a.ts`)],
    ["a concat list", "concat", ({ film }) => `ffconcat version 1.0\nfile '${film}'\n`],
    [
      "a concat list by subfile",
      "concat",
      ({ film }) => `ffconcat version 1.0\nfile 'subfile,,start,0,end,99999,,:${film}'\n`,
    ],
    [
      "a concat list to an address",
      "concat",
      ({ port }) => `ffconcat version 1.0\nfile 'http://127.0.0.1:${port}/a.ts'\n`,
    ],
    ["an SVG with a picture", "svg_pipe", ({ film }) => svg(`file://${film}`)],
    ["an SVG with an address", "svg_pipe", ({ port }) => svg(`http://127.0.0.1:${port}/a.png`)],
  ];

  it.each(payloads)("%s gets nothing", async (_name, format, payload) => {
    const trap = await setTrap(rung);
    const { scene } = trap;
    const path = await scene.put("source.mp4", payload(trap));
    const unsafe = format === "concat" ? ["-safe", "0"] : all(format);
    const input = ["-f", format, ...unsafe, "-i", `file:${path}`];
    const end = await scene.run([ffmpegPath, ...reckless, ...input, "-t", "5", "-f", "framemd5", "out.txt"]);
    const out = await scene.read("out.txt").catch(() => Buffer.alloc(0));
    // An SVG is drawn without its picture; of all others, nothing is.
    if (format !== "svg_pipe") expect(out.toString()).not.toMatch(/^0,/m);
    expect(end.logTail).not.toContain(SECRET);
    expect(trap.reached()).toBe(0);
  });

  it("is a trap indeed: of what lies in reach, the same list gives the film", async () => {
    const trap = await setTrap(rung);
    await trap.scene.put("film.ts", await readFile(trap.film));
    const path = await trap.scene.put(
      "list.mp4",
      `ffconcat version 1.0\nfile '${join(trap.scene.input, "film.ts")}'\n`,
    );
    const input = ["-f", "concat", "-safe", "0", "-i", `file:${path}`];
    await trap.scene.run([ffmpegPath, ...reckless, ...input, "-f", "framemd5", "out.txt"]);
    expect((await trap.scene.read("out.txt")).toString()).toMatch(/^0,/m);
  });

  it.each([
    ["movie", ({ film }: Trap) => `movie=${film}`],
    ["drawtext", ({ text }: Trap) => `color=s=640x64:d=1,drawtext=textfile=${text}:fontcolor=white:fontsize=32`],
    ["subtitles", ({ text }: Trap) => `color=s=640x64:d=1,subtitles=${text}`],
    ["movie of an address", ({ port }: Trap) => `movie=http\\\\://127.0.0.1\\\\:${port}/a.ts`],
  ])("the filter %s reads nothing of the host", async (_name, graph) => {
    const trap = await setTrap(rung);
    const end = await trap.scene.run([
      ffmpegPath,
      ...reckless,
      "-f",
      "lavfi",
      "-i",
      graph(trap),
      "-f",
      "framemd5",
      "out.txt",
    ]);
    expect(end.exitCode).not.toBe(0);
    expect(end.logTail).toMatch(/No such file|Network is unreachable|Address family|Error|unable to open/);
    expect(trap.reached()).toBe(0);
  });

  it("an attachment that is named after a place outside is not written there", async () => {
    const { scene } = await setTrap(rung);
    const font = await scene.put("font.ttf", "no font");
    const named = ["-attach", font, "-metadata:s:t", "mimetype=font/ttf", "-metadata:s:t", "filename=../escaped.ttf"];
    const made = await scene.run([ffmpegPath, ...reckless, "-f", "lavfi", "-i", "color=d=1", ...named, "film.mkv"]);
    expect(made).toMatchObject({ exitCode: 0 });
    await scene.run([ffmpegPath, ...reckless, "-dump_attachment:t", "", "-i", "film.mkv"]);
    expect((await readdir(scene.root)).sort()).toEqual(["film.ts", "in", "secret.txt", "work"]);
  });

  it("a QuickTime film whose media lies in another file gets that one only within reach", async () => {
    const { scene } = await setTrap(rung);
    await scene.put("clip.mp4", await readFile(await fixture("silent.mp4")));
    await scene.run([ffmpegPath, "-v", "error", "-i", join(scene.input, "clip.mp4"), "-c", "copy", "film.mov"]);
    const film = await scene.read("film.mov");
    const outside = join(scene.root, "outside.mov");
    await writeFile(outside, film, { mode: 0o644 });
    const framesOf = async (name: string, target: string) => {
      const path = await scene.put(name, aliasOf(film, target));
      const follow = ["-enable_drefs", "1", "-use_absolute_path", "1", "-i", path];
      await scene.run([ffmpegPath, ...reckless, ...follow, "-f", "framemd5", `${name}.txt`]);
      const printed = await scene.read(`${name}.txt`).catch(() => Buffer.alloc(0));
      return printed.toString().match(/^0,/gm)?.length ?? 0;
    };
    expect(await framesOf("near.mov", await scene.put("inside.mov", film))).toBe(25);
    expect(await framesOf("far.mov", outside)).toBe(0);
  });

  it("an SDP opens no port that anybody could send to", async () => {
    const trap = await setTrap(rung);
    const sdp =
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n";
    const path = await trap.scene.put("source.mp4", sdp);
    const end = await trap.scene.run([
      ffmpegPath,
      ...reckless,
      "-f",
      "sdp",
      "-i",
      `file:${path}`,
      "-t",
      "1",
      "-f",
      "null",
      "-",
    ]);
    expect(end.exitCode).not.toBe(0);
  });
});
