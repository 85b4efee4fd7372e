import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { cli, server } from "./test/scripted-cli.ts";

beforeEach(async () => {
  writeFileSync(join(cli.folder, "clip.mov"), "source ".repeat(100));
});
const at = (name: string) => join(cli.folder, name);
const files = () => readdirSync(cli.folder).filter((name) => name !== "clip.mov");
const jobBody = (): unknown =>
  JSON.parse(String(server.seen.find(({ method, path }) => method === "POST" && path.endsWith("/jobs"))?.body));

test("the whole journey: the path on stdout, the way there on stderr, the file as the job made it", async () => {
  server.frames = [
    { state: "queued", stage: "queued" },
    { percent: 40, fps: 128, speed: 4.27, etaSeconds: 12 },
    { state: "succeeded", percent: 100, stage: "finalizing" },
  ];
  const { code, stdout, stderr } = await cli.run("convert", "clip.mov");
  expect(stderr).toContain("40 %  0:12 left  4.27×  128 fps");
  expect(stderr).toContain("size, md5 and sha256 match");
  expect(stderr).not.toContain("\u001b");
  expect(stdout).toBe("clip-mp4-h264.mp4\n");
  expect(code).toBe(0);
  expect(readFileSync(at("clip-mp4-h264.mp4"))).toEqual(server.outputs.get("video.mp4"));
  expect(files()).toEqual(["clip-mp4-h264.mp4"]);
});

test("--json: one object a line and nothing else", async () => {
  const { code, json, stderr } = await cli.run(
    "convert",
    "clip.mov",
    "-o",
    "out.mp4",
    "--json",
    "--set",
    "trim.startSeconds=3",
  );
  expect(json.map(({ event }) => event)).toEqual(["asset", "job", "status", "file", "done"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(jobBody()).toMatchObject({ preset: "mp4-h264", overrides: { trim: { startSeconds: 3 } } });
});

test("a file in the way stays as it is, and nothing is sent; --force replaces it", async () => {
  writeFileSync(at("out.mp4"), "mine");
  const refused = await cli.run("convert", "clip.mov", "-o", "out.mp4");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("out.mp4 exists already")]);
  expect(readFileSync(at("out.mp4"), "utf8")).toBe("mine");
  expect(server.count("POST", /./)).toBe(0);

  expect((await cli.run("convert", "clip.mov", "-o", "out.mp4", "--force")).code).toBe(0);
  expect(readFileSync(at("out.mp4"))).toEqual(server.outputs.get("video.mp4"));
});

test("a setting that can't be is refused before anything is sent", async () => {
  const { code, stderr } = await cli.run("convert", "clip.mov", "--set", "audio.codec=opus", "--set", "container=mp3");
  expect([code, stderr]).toEqual([2, expect.stringMatching(/video {2}mp3 holds no picture[\s\S]*audio\.codec/)]);
  expect(server.count("POST", /./)).toBe(0);
});

test("a download that differs from the job's digests is not kept", async () => {
  server.intercept = ({ path }, response) => {
    if (!path.includes("-video.mp4")) return false;
    response.writeHead(200).end(Buffer.alloc(server.outputs.get("video.mp4")?.length ?? 0, "x"));
    return true;
  };
  const { code, stderr } = await cli.run("convert", "clip.mov");
  expect([code, stderr]).toEqual([6, expect.stringContaining("has an MD5 that is not the job's")]);
  expect(stderr).toMatch(/reelway jobs download job_/);
  expect(files()).toEqual([]);
});

test("OUT.part is made anew: a link left in its place is not written through", async () => {
  writeFileSync(at("precious"), "precious");
  symlinkSync(at("precious"), at("clip-mp4-h264.mp4.part"));
  expect((await cli.run("convert", "clip.mov")).code).toBe(0);
  expect(readFileSync(at("precious"), "utf8")).toBe("precious");
});

test("--all-outputs saves every output", async () => {
  const { stdout } = await cli.run("convert", "clip.mov", "--all-outputs", "all");
  expect(readdirSync(at("all")).sort()).toEqual(["poster.jpg", "video.mp4"]);
  expect(stdout.split("\n").sort()).toEqual(["", "all/poster.jpg", "all/video.mp4"]);
});

test("a failed job: exit 4 with the reason, the remedy and a log without control characters", async () => {
  const message = "moov atom not found \u001b]52;c;aGk=\u0007\u202e";
  const program = { name: "ffprobe", version: "7.1", command: "ffprobe -i file:source" } as const;
  server.frames = [
    { state: "failed", error: { code: "input_unreadable", message, logTail: "one\n\u001b[2Jtwo", program } },
  ];
  const { code, stdout, stderr } = await cli.run("convert", "clip.mov");
  expect(code).toBe(4);
  expect(stdout).toBe("");
  expect(stderr).toContain("✗ The file is not readable media (input_unreadable)");
  expect(stderr).toContain("moov atom not found ?]52;c;aGk=??");
  expect(stderr).toContain("│ ?[2Jtwo");
  expect(stderr).toContain("Check that the file plays");
  expect(stderr).toMatch(/`reelway jobs show job_\w+` prints the ffprobe command that failed\./);
  expect(files()).toEqual([]);
  const { json } = await cli.run("convert", "clip.mov", "--json");
  expect(json.at(-1)).toMatchObject({
    error: { code: "input_unreadable", jobId: expect.stringMatching(/^job_/), program, exitCode: 4 },
  });
});

test("a job that somebody cancels: exit 5", async () => {
  server.frames = [{ state: "canceled" }];
  expect((await cli.run("convert", "clip.mov")).code).toBe(5);
});

test("Ctrl-C cancels the job and says so", async () => {
  server.frames = [{ percent: 10 }];
  const { child, ended } = cli.start(["convert", "clip.mov"]);
  child.stderr?.on("data", (text: string) => text.includes("10 %") && child.kill("SIGINT"));
  const { code, stderr } = await ended;
  expect([code, [...server.jobs.values()][0]?.state]).toEqual([130, "canceled"]);
  expect(stderr).toMatch(/Canceled job_\w+\.\n[\s\S]*Interrupted/);
  expect(files()).toEqual([]);
});

test("a signal during the download takes the half-written file along", async () => {
  server.intercept = ({ path }, response) => {
    if (!path.includes("-video.mp4")) return false;
    response.writeHead(200, { "content-length": server.outputs.get("video.mp4")?.length });
    response.write("half", () => setTimeout(() => child.kill("SIGTERM"), 50));
    return true;
  };
  const { child, ended } = cli.start(["convert", "clip.mov"]);
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/The result is kept: reelway jobs download job_/)]);
  expect(files()).toEqual([]);
});

test("a second Ctrl-C leaves at once, though the cancel hangs", async () => {
  server.frames = [{ percent: 10 }];
  server.intercept = ({ path }) => {
    if (path.endsWith("/cancel")) child.kill("SIGINT");
    return path.endsWith("/cancel");
  };
  const { child, ended } = cli.start(["convert", "clip.mov"]);
  child.stderr?.on("data", (text: string) => text.includes("10 %") && child.kill("SIGINT"));
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([130, expect.not.stringContaining("Canceled")]);
});

test("Ctrl-C during the upload deletes what was sent", async () => {
  server.intercept = ({ path }) => {
    if (path.startsWith("/storage/")) child.kill("SIGINT");
    return path.startsWith("/storage/");
  };
  const { child, ended } = cli.start(["convert", "clip.mov"]);
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([130, expect.stringContaining("what was sent is deleted")]);
  expect(server.assets.size).toBe(0);
});

test("what is not a file is refused", async () => {
  mkdirSync(at("folder"));
  writeFileSync(at("empty.mp4"), "");
  for (const [name, reason] of [
    ["nowhere.mp4", "Can't read"],
    ["folder", "is not a file"],
    ["empty.mp4", "is empty"],
  ] as const) {
    const { code, stderr } = await cli.run("convert", name);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
  }
  expect(existsSync(at("nowhere.mp4"))).toBe(false);
});
