import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { KindContext } from "../../kind.ts";

/** Init and segments of each rendition as one file, in the plan's order. The task has them on disk, one by one. */
export async function encodedRenditions(context: KindContext, { renditions }: PlannedVideo): Promise<string[]> {
  const names = context.task.inputs.flatMap((input) =>
    input.kind === "presigned" && input.role === "encoded" ? [input.name ?? ""] : [],
  );
  const paths = context.inputs.encoded ?? [];
  const joined: string[] = [];
  for (const { id } of renditions) {
    // The init segment is named first, and segments follow in their order.
    const own = paths.filter((_, place) => names[place]?.startsWith(`${id}/`));
    if (own.length < 2) throw new ReelwayError("runner_error", `the task came without the segments of ${id}`);
    const path = join(context.workDirectory, `${id}.mp4`);
    await writeJoined(own, path);
    joined.push(path);
  }
  return joined;
}

async function writeJoined(paths: readonly string[], target: string): Promise<void> {
  const file = await open(target, "w");
  try {
    for (const path of paths) for await (const bytes of createReadStream(path)) await file.write(bytes);
  } finally {
    await file.close();
  }
}
