import { describe, expect, test } from "vitest";
import { openForBubblewrap, shellIn, targets } from "./container.ts";

describe.each(targets)("the image %s", (target) => {
  test("runs as a user of its own, which can write its volume and nothing else", async () => {
    const places = ["/", "/app", "/app/runner/src", "/usr/local/bin", "/etc", "/var/lib/reelway", "/tmp"];
    const tried = await shellIn(
      target,
      `id -u; for place in ${places.join(" ")}; do touch $place/mark 2>/dev/null && echo "$place"; done; true`,
    );
    expect(tried.trim().split("\n")).toEqual(["10001", "/var/lib/reelway", "/tmp"]);
  });

  test("has no privilege left to gain", async () => {
    const status = await shellIn(target, "grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs)' /proc/self/status");
    expect(status.replace(/\s+/g, " ").trim()).toBe(
      "CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1",
    );
  });

  test("holds Node 24, ffmpeg, ffprobe and the media engine, all of which run", async () => {
    const printed = await shellIn(
      target,
      "node --version; ffmpeg -version | head -1; ffprobe -version | head -1; reelway-media --version",
    );
    const [node, ffmpeg, ffprobe, engine] = printed.split("\n");
    expect(node).toMatch(/^v24\./);
    expect(ffmpeg).toMatch(target === "vaapi" ? /^ffmpeg version 5\.1/ : /^ffmpeg version n9\./);
    expect(ffprobe).toMatch(/^ffprobe version /);
    expect(engine).toMatch(/^reelway-media /);
  });

  test("holds the runner and what it shares: no other room, no test, no development dependency", async () => {
    const rooms = (await shellIn(target, "cd /app && ls -d */")).trim().split("\n");
    expect(rooms).toEqual(["node_modules/", "patches/", "runner/", "shared/"]);
    const packages = await shellIn(target, "ls /app/node_modules/.pnpm");
    expect(packages).toMatch(/^execa@/m);
    expect(packages).not.toMatch(
      /^(vitest|typescript|wrangler|workerd|miniflare|@biomejs|esbuild|hono|drizzle-orm|playwright)/m,
    );
    expect(await shellIn(target, "find /app -path '*/node_modules' -prune -o -name '*.test.ts' -print")).toBe("");
  });
});

describe("the sandbox in a container", () => {
  const doctor = "REELWAY_URL=http://127.0.0.1:1 RUNNER_REGION=enam node runner/src/main.ts doctor 2>/dev/null || true";
  const rung = async (options: readonly string[]) =>
    /^sandbox +(\S+)/m.exec(await shellIn("cpu", doctor, options))?.[1] ?? "none is named";

  test("is Landlock's without any further option", async () => {
    expect(await rung([])).toBe("landlock");
  });

  test("is bubblewrap's where the container is let make it", async () => {
    expect(await rung(openForBubblewrap)).toMatch(/^bubblewrap/);
  });
});

test.runIf(targets.includes("vaapi"))(
  "the image for AMD and Intel has their drivers where its libva looks",
  async () => {
    expect(await shellIn("vaapi", "ls /usr/lib/*/dri/")).toMatch(/radeonsi_drv_video\.so/);
  },
);
