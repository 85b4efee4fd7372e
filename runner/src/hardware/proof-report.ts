import { z } from "zod";

/** What came of one thing that was tried. */
export const ProofEntry = z.object({
  /** Such as `encode h264_nvenc`, `decode hevc`, `scale`. */
  subject: z.string(),
  outcome: z.enum(["proved", "failed", "absent"]),
  /** What passed: formats, a way of asking, a filter; or why it did not. */
  detail: z.string(),
  /** What whoever looks after the host can do; null where there is nothing to do. */
  fix: z.string().nullable(),
});
export type ProofEntry = z.infer<typeof ProofEntry>;

/** All that was tried on one device. */
export const DeviceReport = z.object({
  id: z.string(),
  name: z.string(),
  driver: z.string(),
  entries: z.array(ProofEntry),
  /** Whether some of it failed for what may pass: the device was busy, full, away or not allowed. */
  passing: z.boolean(),
});
export type DeviceReport = z.infer<typeof DeviceReport>;
