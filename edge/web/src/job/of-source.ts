import type { ErrorCode } from "@reelway/shared/errors/catalogue";

/** Whether the source itself is at fault: the same file fails again, whatever is made of it. */
export const isOfSource = (code: ErrorCode): boolean => code.startsWith("input_") && code !== "input_missing_stream";
