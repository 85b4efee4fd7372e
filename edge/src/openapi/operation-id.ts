import type { Operation } from "./document-types.ts";

const API = /^\/api\/v1/;

/**
 * A name for an operation that has not been given one, made from its method and path, so that it stays the same:
 * `listJobs`, `getJob`, `getJobStatus`, `createJob`, `cancelJob`, `putAssetPart`.
 */
export function operationIdOf(method: string, path: string, operation: Operation): string {
  const segments = path.replace(API, "").split("/").filter(Boolean);
  const last = segments.at(-1) ?? "";
  const creates = method === "post" && "201" in operation.responses;
  // What is left of the POSTs does something to a thing: its last segment is the verb.
  if (method === "post" && !creates && !isParameter(last)) return camel([last, ...nounsOf(segments.slice(0, -1))]);
  const nouns = nounsOf(segments);
  if (creates) return camel(["create", ...nouns.map(singular)]);
  return camel([verbOf(method, operation, last), ...nouns]);
}

function verbOf(method: string, operation: Operation, last: string): string {
  if (method === "patch") return "update";
  if (method === "get" && !isParameter(last) && answersList(operation)) return "list";
  return method;
}

function answersList(operation: Operation): boolean {
  const schema = operation.responses["200"]?.content?.["application/json"]?.schema;
  const { properties } = schema ?? {};
  return typeof properties === "object" && properties !== null && "items" in properties;
}

/** A collection whose member is named by the next segment is said in the singular. */
function nounsOf(segments: readonly string[]): string[] {
  return segments.flatMap((segment, index) => {
    if (isParameter(segment)) return [];
    const next = segments[index + 1];
    return [next !== undefined && isParameter(next) ? singular(segment) : segment];
  });
}

function singular(word: string): string {
  if (/(ch|sh|x|ss)es$/.test(word)) return word.slice(0, -2);
  return word.replace(/ies$/, "y").replace(/s$/, "");
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{");
}

function camel(words: readonly string[]): string {
  const parts = words.flatMap((word) => word.split(/[^A-Za-z0-9]+/).filter(Boolean));
  return parts.map((part, index) => (index === 0 ? part : part[0]?.toUpperCase() + part.slice(1))).join("");
}
