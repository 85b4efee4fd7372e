import type { JobRequest } from "@reelway/shared/contracts/job";

/** What clients send under load: a preset, a priority, some tags and metadata. No two are alike. */
export function jobRequest(assetId: string, number: number): JobRequest {
  return {
    assetId,
    preset: "mp4-h264",
    priority: number % 101,
    tags: ["bench", `batch-${number % 10}`],
    metadata: { order: `order-${number}`, title: `Video number ${number}` },
  };
}
