import { RequestedSpec } from "@reelway/shared/contracts/job-spec";
import { type Container, containerCodecs } from "@reelway/shared/contracts/transcode-spec";
import type { z } from "zod";

/** A spec that is being edited: any JSON object, right or wrong. */
export type Draft = { readonly [name: string]: unknown };
export type Path = readonly string[];

export const isDraft = (value: unknown): value is Draft =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function valueAt(draft: Draft, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (isDraft(value) ? value[name] : undefined), draft);
}

/** The draft with this value there; without the field where the value is undefined, and without objects left empty by it. */
export function withValue(draft: Draft, [name = "", ...rest]: Path, value: unknown): Draft {
  const { [name]: old, ...others } = draft;
  if (rest.length === 0) return value === undefined ? others : { ...draft, [name]: value };
  const inner = withValue(isDraft(old) ? old : {}, rest, value);
  return Object.keys(inner).length === 0 ? others : { ...draft, [name]: inner };
}

/** Another container, with codecs that it takes where it does not take those that were chosen. */
export function withContainer(draft: Draft, container: Container): Draft {
  const allowed = containerCodecs[container];
  const fit = (from: Draft, part: "video" | "audio"): Draft => {
    const codecs: readonly string[] = allowed[part];
    const [first] = codecs;
    if (first === undefined) return withValue(from, [part], undefined);
    const codec = valueAt(from, [part, "codec"]);
    if (codec === undefined || codec === "copy" || codecs.includes(String(codec))) return from;
    return withValue(from, [part], { codec: first });
  };
  const changed = fit(fit({ ...draft, container }, "video"), "audio");
  if (changed.video !== undefined || changed.audio !== undefined) return changed;
  const part = allowed.video[0] === undefined ? "audio" : "video";
  return withValue(changed, [part, "codec"], allowed[part][0]);
}

export interface Checked {
  /** The spec, where the draft is one. */
  readonly spec: RequestedSpec | null;
  /** What is wrong, by dotted path; "" is the whole. */
  readonly problems: ReadonlyMap<string, string>;
}

/** The same schema that the API checks by, so that what passes here passes there. `units` are those of fields, by dotted path. */
export function check(draft: Draft, units: ReadonlyMap<string, string> = new Map()): Checked {
  const parsed = RequestedSpec.safeParse(draft);
  if (parsed.success) return { spec: parsed.data, problems: new Map() };
  return { spec: null, problems: new Map(parsed.error.issues.flatMap((issue) => told(issue, units)).reverse()) };
}

function told(issue: z.core.$ZodIssue, units: ReadonlyMap<string, string>): [string, string][] {
  const path = issue.path.map(String);
  const name = path.join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => [[...path, key].join("."), "This is not a field of a spec"]);
  return [[name, wordsOf(issue, units.get(name))]];
}

/** Bounds and types in a person's words; what the schema says itself is in such words already. */
function wordsOf(issue: z.core.$ZodIssue, unit: string | undefined): string {
  const inUnit = (bound: number | bigint) => (unit === undefined ? `${bound}` : `${bound} ${unit}`);
  if (issue.code === "too_small" && issue.origin !== "string") return `At least ${inUnit(issue.minimum)}`;
  if (issue.code === "too_big" && issue.origin !== "string") return `At most ${inUnit(issue.maximum)}`;
  if (issue.code === "invalid_type" && issue.expected === "number") return "Must be a number";
  if (issue.code === "invalid_type" && issue.expected === "int") return "Must be a whole number";
  return issue.message.charAt(0).toUpperCase() + issue.message.slice(1);
}
