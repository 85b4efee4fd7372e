/** What examples in the document are made of. A test checks each of them against its schema, and sends the requests. */

const time = 1_795_273_200_000;
const ulid = "01k9zq3v7m5n8r2t4w6x8y0abc";
export const exampleRegion = "weur";

const ID_PATTERN =
  /^\^([a-z]+)_\[0-9a-hjkmnp-tv-z\]\{26\}(_\([a-z|]+\))?(_\[0-9\]\{1,3\})?(\(_\[a-z0-9-\]\{1,20\}\)\?)?\$$/;
const RENDITION_PATTERN = "^(video|audio|subtitles)-[1-9][0-9]{0,2}$";

/** An id of the form that a pattern of shared/ids.ts asks for; undefined for any other pattern. */
export function idExample(pattern: string): string | undefined {
  if (pattern === RENDITION_PATTERN) return "video-1";
  const [, prefix, regional, sharded] = ID_PATTERN.exec(pattern) ?? [];
  if (prefix === undefined) return undefined;
  return `${prefix}_${ulid}${regional ? `_${exampleRegion}` : ""}${sharded ? "_0" : ""}`;
}

/** By name of the component. */
export const schemaExamples: Readonly<Record<string, unknown>> = {
  UserUpdate: { role: "operator" },
  TenantUpdate: { allowedRegions: ["weur"] },
  BatchRequest: {
    name: "November",
    sources: [{ sourceUrl: "https://media.example.com/a.mov" }, { sourceUrl: "https://media.example.com/b.mov" }],
    job: { preset: "mp4-h264" },
  },
  ConnectionRequest: {
    name: "our archive",
    endpoint: "https://s3.eu-central-1.amazonaws.com",
    s3Region: "eu-central-1",
    bucket: "archive-of-example",
    accessKeyId: "AKIAEXAMPLE",
    secretAccessKey: "the secret of that key",
  },
  DeadLetterSelection: { ids: [`job_${ulid}_${exampleRegion}`] },
  AssetRequest: { name: "holiday.mov", bytes: 7_340_032, contentType: "video/quicktime" },
  JobRequest: {
    assetId: `ast_${ulid}_${exampleRegion}`,
    preset: "mp4-h264",
    priority: 50,
    tags: ["holiday"],
    metadata: { orderId: "4711" },
  },
};

/** Fields of a component that differ from what their names alone would give. */
export const partialExamples: Readonly<Record<string, object>> = {
  Preset: { name: "mp4-h264" },
};

/** By name of the field, where the schema alone would give nothing to read. */
export const fieldExamples: Readonly<Record<string, unknown>> = {
  createdAt: time,
  expiresAt: time + 3_600_000,
  startAt: time,
  startedAt: time + 1_000,
  finishedAt: time + 61_000,
  completedAt: time + 500,
  updatedAt: time + 61_000,
  lastSeenAt: time,
  name: "holiday.mov",
  contentType: "video/mp4",
  bytes: 7_340_032,
  md5: "9e107d9d372bb6826bd81d3542a419d6",
  sha256: "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
  initSha256: "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
  etag: "9e107d9d372bb6826bd81d3542a419d6",
  percent: 42,
  message: "encoding",
  version: "0.1.0",
  tags: ["holiday"],
  capabilities: ["kind:probe"],
  preset: "mp4-h264",
  email: "ada@example.com",
  reason: "maintenance of the hosts",
  url: "https://media.example.com/hooks",
  requestId: `req_${ulid}`,
};
