import { z } from "zod";

/** The settings of tracing under the names of OpenTelemetry, the same for the control plane and for runners. */
const headerPair = /^([A-Za-z0-9-]+) *= *(.*)$/;

/** Nothing in it means no collector: `[vars]` can't leave a variable out for one environment. */
export const OtlpEndpoint = z
  .union([z.literal(""), z.url({ protocol: /^https?$/, error: "must be the collector's http(s) URL" })])
  .transform((url) => url.replace(/\/+$/, ""))
  .default("");

/** `name=value` pairs with commas between, the values percent-encoded. */
export const OtlpHeaders = z
  .string()
  .max(4_000)
  .default("")
  .transform((text, context) => {
    const pairs = text
      .split(",")
      .map((pair) => pair.trim())
      .filter((pair) => pair !== "");
    const headers: Record<string, string> = {};
    for (const pair of pairs) {
      const [, name, value] = headerPair.exec(pair) ?? [];
      const decoded = value === undefined ? undefined : decode(value);
      if (name === undefined || decoded === undefined) {
        context.addIssue({ code: "custom", message: "must be name=value,name=value with percent-encoded values" });
        return z.NEVER;
      }
      headers[name] = decoded;
    }
    return headers;
  });

/** Of the traces that begin here, the share that is kept. A caller's own decision is followed. */
export const TraceSampleRatio = z.coerce.number().min(0).max(1).default(1);

export interface OtlpSettings {
  /** Without a slash at its end; spans go to `<endpoint>/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sampleRatio: number;
}

/** Null where no collector is set. */
export function otlpSettings(
  endpoint: string,
  headers: Record<string, string>,
  sampleRatio: number,
): OtlpSettings | null {
  return endpoint === "" ? null : { endpoint, headers, sampleRatio };
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
