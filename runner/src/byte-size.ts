import { z } from "zod";

const units: Readonly<Record<string, number>> = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** A size as people write it in a setting: `1048576`, `512MiB`, `50GiB`. Bytes. */
export const ByteSize = z.string().transform((text, context) => {
  const [, number = "", unit = ""] = /^(\d+)\s*([KMGT]iB)?$/.exec(text.trim()) ?? [];
  const factor = units[unit];
  if (number !== "" && factor !== undefined) return Number(number) * factor;
  context.addIssue({ code: "custom", message: "must be bytes, or a number with KiB, MiB, GiB or TiB", input: text });
  return z.NEVER;
});
