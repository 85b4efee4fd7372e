import { describe, expect, it } from "vitest";
import { createLog } from "../src/log.ts";

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog("trace", { write: (line) => void lines.push(line) }));
  return lines.join("");
}

describe("the log", () => {
  it("never shows a presigned URL's right, in whatever field or error it hides", () => {
    const url = "https://bucket.example/key/video.mp4?X-Amz-Signature=abc123&X-Amz-Expires=60";
    const text = logged((log) => {
      log.info({ url, nested: { deep: [url] } }, `put ${url} failed`);
      log.error({ err: new Error(`could not reach ${url}`) }, "failed");
    });
    expect(text).not.toContain("abc123");
    expect(text).toContain("https://bucket.example/key/video.mp4?[redacted]");
  });

  it("never shows credentials and tokens", () => {
    const text = logged((log) => {
      log.info(
        { credential: "rwc_1", lease: { leaseToken: "rwl_2" }, token: "rwr_3" },
        "sent Authorization: Bearer rwc_1",
      );
    });
    expect(text).not.toMatch(/rwc_1|rwl_2|rwr_3/);
  });

  it("writes one JSON document per line, with all that a terminal or a viewer obeys escaped", () => {
    const title = "\u001b]0;x\u0007\r\n{}\u007f\u0085\u009b31m\u2028\u202e\u2066";
    const text = logged((log) => log.child({ task: "tsk_1" }).warn({ title }, "odd"));
    expect(text.trimEnd().split("\n")).toHaveLength(1);
    expect(text.trimEnd()).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(text)).toMatchObject({ level: "warn", task: "tsk_1", title, msg: "odd" });
  });
});
