import type { JobSpec } from "../contracts/job-spec.ts";

/** The extension of the one file that a job is for, without its dot; null where it is for a folder of them. */
export function resultExtension(spec: JobSpec): string | null {
  switch (spec.kind) {
    case "transcode":
      return spec.container;
    case "stream":
    case "thumbnails":
      return null;
    case "probe":
      return "json";
    // What lies behind a URL is stored as it is, whatever it is.
    case "fetch":
      return "bin";
  }
}
