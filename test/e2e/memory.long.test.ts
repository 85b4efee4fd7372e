import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, onTestFinished, test } from "vitest";
import { startTestStack } from "../support/test-stack.ts";
import { ended, submit } from "./convert.ts";

test("a job that keeps its source's size waits for a host with the memory that it then takes, and loses no attempt", {
  timeout: 600_000,
}, async () => {
  const stack = await startTestStack();
  onTestFinished(stack.stop);
  const film = join(folderOfTest("film"), "film.mp4");
  execFileSync(process.env.REELWAY_TEST_FFMPEG ?? "ffmpeg", [
    ...["-v", "error", "-f", "lavfi", "-i", "color=size=3840x2160:rate=10:duration=0.2"],
    ...["-c:v", "libx264", "-preset", "ultrafast", film],
  ]);
  const host = (memory: string) => stack.startRunner({ env: { MEMORY_MAX: memory, POLL_SECONDS: "1" } });
  const small = await host("2GiB");
  const spec = { kind: "transcode", container: "mp4", video: { codec: "h265", speed: "fast" }, poster: false } as const;
  const { id } = await submit(stack.client, film, { spec });
  await expect
    .poll(() => stack.client.jobs.waiting(id), { timeout: 90_000 })
    .toMatchObject({ reason: "no_capable_runner", missing: ["memory:4"] });

  const large = await host("8GiB");
  expect(await ended(stack.client, id)).toMatchObject({
    ...{ state: "succeeded", attempt: 1 },
    execution: { runnerId: large.id },
  });
  expect((await stack.client.runners.get(small.id)).lastFailure).toBeNull();
});
