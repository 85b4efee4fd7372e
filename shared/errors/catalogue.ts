/**
 * Every error that leaves Reelway, by its stable code. Codes are never reused or renamed; docs/errors.md is compared
 * with this table by a test.
 */

/** What went wrong, in the widest sense. */
export type ErrorClass =
  | "validation"
  | "auth"
  | "conflict"
  | "network"
  | "processing"
  | "storage"
  | "capacity"
  | "internal";
/** Who can do something about it. */
export type Fault = "caller" | "input" | "runner" | "service";

export interface ErrorEntry {
  /** HTTP status where the error answers a request; 0 where it only ends a task. */
  readonly status: number;
  readonly class: ErrorClass;
  readonly fault: Fault;
  /** Whether the same thing, tried again unchanged, may succeed. Tasks retry by this. */
  readonly retryable: boolean;
  readonly title: string;
  /** What the person who reads it can do next. */
  readonly remedy: string;
}

const entry = (
  status: number,
  errorClass: ErrorClass,
  fault: Fault,
  retryable: boolean,
  title: string,
  remedy: string,
): ErrorEntry => ({ status, class: errorClass, fault, retryable, title, remedy });

export const errorCatalogue = {
  // Requests
  invalid_request: entry(
    422,
    "validation",
    "caller",
    false,
    "The request is not valid",
    "Correct the fields listed in `errors`.",
  ),
  malformed_json: entry(
    400,
    "validation",
    "caller",
    false,
    "The body is not valid JSON",
    "Send one JSON document with Content-Type: application/json.",
  ),
  unsupported_media_type: entry(
    415,
    "validation",
    "caller",
    false,
    "The body has the wrong type",
    "Send Content-Type: application/json.",
  ),
  body_too_large: entry(
    413,
    "validation",
    "caller",
    false,
    "The request body is too large",
    "Media is uploaded to the presigned URL, never in a request body.",
  ),
  not_found: entry(
    404,
    "validation",
    "caller",
    false,
    "There is no such thing here",
    "Check the id and the key's tenant.",
  ),
  method_not_allowed: entry(
    405,
    "validation",
    "caller",
    false,
    "The method is not allowed here",
    "See /api/v1/openapi.json for the methods of this path.",
  ),
  invalid_cursor: entry(
    422,
    "validation",
    "caller",
    false,
    "The cursor is not valid for this list",
    "Start again without `cursor`.",
  ),
  range_not_satisfiable: entry(
    416,
    "validation",
    "caller",
    false,
    "The range lies outside the file",
    "Ask for bytes below the size in Content-Range.",
  ),
  region_unavailable: entry(
    503,
    "capacity",
    "service",
    true,
    "No region that may be used takes anything new",
    "Name another region, or try again when one has been resumed; `detail` says which are drained.",
  ),
  source_forbidden: entry(
    422,
    "validation",
    "caller",
    false,
    "The URL may not be used",
    "Give an https URL of a public host, without credentials; `detail` says what is wrong with this one.",
  ),
  connection_refused: entry(
    422,
    "storage",
    "caller",
    false,
    "The bucket could not be used with these credentials",
    "`detail` has the store's reason: check endpoint, region, bucket, key and its rights.",
  ),
  connection_in_use: entry(
    409,
    "conflict",
    "caller",
    false,
    "A job still uses the connection",
    "Cancel the job or wait for it, then delete.",
  ),
  too_many_connections: entry(
    409,
    "capacity",
    "caller",
    false,
    "The tenant has as many connections as it may",
    "Delete one that is no longer used.",
  ),
  output_expired: entry(
    410,
    "validation",
    "caller",
    false,
    "The outputs have been deleted",
    "Run the job again; how long outputs are kept is a setting of the tenant.",
  ),

  // Who is asking
  unauthenticated: entry(
    401,
    "auth",
    "caller",
    false,
    "No valid credential was sent",
    "Send `Authorization: Bearer <api key>`; `reelway keys create` makes one, and the first is made with the installation's BOOTSTRAP_TOKEN.",
  ),
  forbidden: entry(
    403,
    "auth",
    "caller",
    false,
    "This credential may not do that",
    "Use a key whose role has the permission named in `detail`.",
  ),
  bootstrap_closed: entry(
    409,
    "conflict",
    "caller",
    false,
    "The first key has been made already",
    "Use the admin key that bootstrap printed.",
  ),
  last_admin_key: entry(
    409,
    "conflict",
    "caller",
    false,
    "This is the last admin key of the platform tenant",
    "Make another admin key first: `reelway keys create --role admin`.",
  ),
  last_admin: entry(
    409,
    "conflict",
    "caller",
    false,
    "This is the platform's last admin",
    "Make another admin first: `reelway invitations create --role admin`.",
  ),
  login_refused: entry(
    401,
    "auth",
    "caller",
    false,
    "E-mail address or password is wrong",
    "Try again, or ask an admin for a password reset.",
  ),
  session_refused: entry(401, "auth", "caller", false, "The session is over", "Sign in again: `reelway auth login`."),
  invitation_refused: entry(
    401,
    "auth",
    "caller",
    false,
    "The invitation is not valid",
    "Ask for a new one: `reelway invitations create`, or `reelway users reset-password`.",
  ),
  user_exists: entry(
    409,
    "conflict",
    "caller",
    false,
    "There is an account with this address already",
    "Change its role with `reelway users update`.",
  ),
  registration_refused: entry(
    401,
    "auth",
    "caller",
    false,
    "The registration token is not valid",
    "Make a new one: `reelway runners token`.",
  ),
  labels_refused: entry(
    403,
    "auth",
    "caller",
    false,
    "The registration token does not give the runner these labels",
    "Leave RUNNER_LABELS empty, or make a token that gives them: `reelway runners token --label`.",
  ),
  runner_outdated: entry(
    426,
    "auth",
    "runner",
    false,
    "This runner speaks an older protocol",
    "Update the runner to the control plane's version.",
  ),

  // Conflicts
  idempotency_mismatch: entry(
    422,
    "conflict",
    "caller",
    false,
    "The Idempotency-Key was used for another request",
    "Use a new key for a new request.",
  ),
  asset_not_ready: entry(
    409,
    "conflict",
    "caller",
    false,
    "The asset has not been uploaded yet",
    "Upload the file and call complete, then create the job.",
  ),
  asset_failed: entry(
    409,
    "conflict",
    "caller",
    false,
    "The asset can't be used: its upload or fetch failed",
    "Upload it again as a new asset; where it was fetched, mend the source and retry the fetch.",
  ),
  asset_in_use: entry(
    409,
    "conflict",
    "caller",
    false,
    "A job is still working on the asset",
    "Cancel the job or wait for it, then delete.",
  ),
  upload_missing: entry(
    409,
    "storage",
    "caller",
    true,
    "The uploaded file is not in the bucket",
    "PUT the file to the upload URL first, then call complete.",
  ),
  upload_mismatch: entry(
    409,
    "storage",
    "caller",
    false,
    "The uploaded file is not the one announced",
    "Create a new asset with the file's true size and checksum.",
  ),
  upload_parts_missing: entry(
    409,
    "storage",
    "caller",
    true,
    "Parts of the upload are missing",
    "Upload the parts listed in `detail`, then call complete.",
  ),
  too_many_uploads: entry(
    429,
    "capacity",
    "caller",
    true,
    "Too many uploads are open",
    "Complete or delete an open upload first.",
  ),
  upload_too_large: entry(
    413,
    "validation",
    "caller",
    false,
    "The file is larger than MAX_UPLOAD_SIZE",
    "Send a smaller file, or raise MAX_UPLOAD_SIZE.",
  ),
  too_many_webhooks: entry(
    409,
    "capacity",
    "caller",
    false,
    "The tenant has as many webhook endpoints as it may",
    "Delete one that is no longer used.",
  ),
  webhook_disabled: entry(
    409,
    "conflict",
    "caller",
    false,
    "The webhook endpoint is disabled or deleted",
    "Enable it first; a deleted one gets nothing any more.",
  ),
  illegal_move: entry(
    409,
    "conflict",
    "caller",
    false,
    "The job is not in a state that allows this",
    "Read the job's state; `detail` names the states that allow it.",
  ),
  output_not_found: entry(
    404,
    "validation",
    "caller",
    false,
    "The job has no such output",
    "`GET /api/v1/jobs/{id}` lists the outputs by name.",
  ),
  job_not_finished: entry(
    409,
    "conflict",
    "caller",
    true,
    "The job has no outputs yet",
    "Wait until its state is `succeeded`.",
  ),

  // Leases
  lease_lost: entry(
    409,
    "conflict",
    "runner",
    false,
    "The lease is no longer yours",
    "Stop the work at once and drop its results.",
  ),
  lease_token_invalid: entry(401, "auth", "runner", false, "The lease token is not valid", "Lease again."),
  manifest_mismatch: entry(
    409,
    "storage",
    "runner",
    true,
    "The outputs are not as the manifest says",
    "Upload the files named in `detail` again, then complete.",
  ),
  output_refused: entry(
    422,
    "validation",
    "runner",
    false,
    "An output's name, type or size is not allowed",
    "See `errors`.",
  ),

  // Ends of tasks: the fault of the input
  input_unreadable: entry(
    0,
    "validation",
    "input",
    false,
    "The file is not readable media",
    "Check that the file plays; upload it again if it was cut short.",
  ),
  input_truncated: entry(
    0,
    "validation",
    "input",
    false,
    "The file ends before its media does",
    "Upload the whole file again.",
  ),
  input_missing_stream: entry(
    0,
    "validation",
    "input",
    false,
    "The file lacks a stream that the job needs",
    "Choose a preset that fits, such as m4a for a file without pictures.",
  ),
  input_limit_exceeded: entry(
    0,
    "validation",
    "input",
    false,
    "The file goes beyond what is worked on",
    "`detail` names the limit.",
  ),
  input_changed: entry(
    0,
    "storage",
    "input",
    false,
    "The file in the bucket is not the one that was uploaded",
    "Upload it again as a new asset.",
  ),
  source_not_found: entry(
    0,
    "validation",
    "caller",
    false,
    "There is nothing at the source",
    "Check the URL or key, then retry the job.",
  ),
  source_refused: entry(
    0,
    "validation",
    "caller",
    false,
    "The source refused to be read",
    "Check that the URL has not expired, or the connection's rights, then retry the job.",
  ),
  source_not_media: entry(
    0,
    "validation",
    "caller",
    false,
    "The source is no media file",
    "Give the URL of the file itself, not of a page that shows it.",
  ),
  source_too_large: entry(
    0,
    "validation",
    "caller",
    false,
    "The source is larger than MAX_UPLOAD_SIZE",
    "Give a smaller file, or raise MAX_UPLOAD_SIZE.",
  ),
  source_unavailable: entry(
    0,
    "network",
    "caller",
    true,
    "The source could not be fetched",
    "It is tried again by itself; `detail` says what its server did.",
  ),
  destination_refused: entry(
    0,
    "storage",
    "caller",
    false,
    "The destination bucket refused the results",
    "Check the connection's bucket, key and rights, then retry the job.",
  ),
  destination_unavailable: entry(
    0,
    "network",
    "caller",
    true,
    "The destination bucket did not take the results",
    "It is tried again by itself.",
  ),
  connection_missing: entry(
    0,
    "validation",
    "caller",
    false,
    "The job's connection is not there any more",
    "Make it again and start a new job.",
  ),
  spec_unsupported: entry(
    0,
    "validation",
    "caller",
    false,
    "The job can't be done with this source",
    "`detail` says which wish and source don't fit together.",
  ),
  output_empty: entry(
    0,
    "processing",
    "input",
    false,
    "The result would hold no media",
    "Check the trim range against the source's duration.",
  ),
  output_limit_exceeded: entry(
    0,
    "processing",
    "input",
    false,
    "The result grew beyond its limit",
    "Lower the quality or trim the source.",
  ),

  // Ends of attempts: worth another try
  encode_failed: entry(
    0,
    "processing",
    "runner",
    true,
    "ffmpeg failed",
    "Read the log tail; if it repeats, the source or the spec is at fault.",
  ),
  output_invalid: entry(
    0,
    "processing",
    "runner",
    true,
    "The result did not pass its check",
    "It is tried again; if it repeats, report it with the log tail.",
  ),
  encode_stalled: entry(
    0,
    "processing",
    "runner",
    true,
    "ffmpeg made no progress",
    "It is tried again on another runner.",
  ),
  job_timeout: entry(
    0,
    "processing",
    "runner",
    true,
    "The attempt ran longer than JOB_TIMEOUT",
    "Raise JOB_TIMEOUT or use a faster preset.",
  ),
  out_of_memory: entry(
    0,
    "processing",
    "runner",
    true,
    "ffmpeg was killed, most likely for memory",
    "It is tried again; give the runner more memory if it repeats.",
  ),
  storage_unavailable: entry(
    503,
    "storage",
    "service",
    true,
    "The storage did not answer",
    "It is tried again by itself.",
  ),
  download_failed: entry(
    0,
    "network",
    "service",
    true,
    "The source could not be downloaded",
    "It is tried again by itself.",
  ),
  upload_failed: entry(0, "network", "service", true, "A result could not be uploaded", "It is tried again by itself."),
  scratch_full: entry(
    0,
    "capacity",
    "runner",
    true,
    "The runner has no disk space for the task",
    "Give it more space or raise SCRATCH_MAX_BYTES.",
  ),
  runner_lost: entry(
    0,
    "processing",
    "runner",
    true,
    "The runner stopped answering",
    "It is tried again on another runner.",
  ),
  runner_error: entry(
    0,
    "internal",
    "runner",
    true,
    "The runner failed unexpectedly",
    "It is tried again; report it with the log tail.",
  ),
  unknown_kind: entry(0, "internal", "runner", true, "The runner does not know this kind of job", "Update the runner."),
  queue_timeout: entry(
    0,
    "capacity",
    "service",
    false,
    "No runner took the task in time",
    "Start a runner that has what the task needs, then retry the job.",
  ),

  // The service
  rate_limited: entry(429, "capacity", "caller", true, "Too many requests", "Wait for the seconds in Retry-After."),
  unavailable: entry(
    503,
    "internal",
    "service",
    true,
    "A part of the control plane did not answer",
    "Try again in a moment.",
  ),
  internal: entry(
    500,
    "internal",
    "service",
    true,
    "Something went wrong on our side",
    "Try again; if it repeats, report the request id.",
  ),
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

export function isRetryable(code: ErrorCode): boolean {
  return errorCatalogue[code].retryable;
}
