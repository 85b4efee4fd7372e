import type { ErrorCode } from "@reelway/shared/errors/catalogue";

/** Whether the source itself is at fault: the same file fails again, however often it is tried. */
export const isOfSource = (code: ErrorCode): boolean => code.startsWith("input_");
