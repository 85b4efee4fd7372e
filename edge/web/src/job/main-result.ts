import type { Job } from "@reelway/shared/contracts/job";

type Output = Job["outputs"][number];

/** The file that people come for; undefined of a stream without downloads, which is many files. */
export function mainResult({ outputs }: Pick<Job, "outputs">): Output | undefined {
  return outputs.find(({ role }) => role === "video") ?? outputs.find(({ role }) => role === "audio");
}

export function downloadAddress(jobId: string, name: string): string {
  return `/api/v1/jobs/${encodeURIComponent(jobId)}/download?name=${encodeURIComponent(name)}`;
}
