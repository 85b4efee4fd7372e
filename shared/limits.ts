/**
 * Every bound of the system, in one place. Bytes, milliseconds, counts: the unit is in the name.
 * Settings that an operator may change have their default here and their name in docs/configuration.md.
 */
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const limits = {
  /** JSON bodies accepted by the API. Media never passes through it. */
  requestBodyBytes: 256 * KIB,
  /** Levels that a JSON body may nest. */
  requestBodyDepth: 32,
  /** Default of MAX_UPLOAD_SIZE. */
  uploadBytes: 1 * GIB,
  /** Sources larger than this upload as multipart. */
  multipartThresholdBytes: 64 * MIB,
  /** R2: every part equal except the last, 5 MiB to 5 GiB, at most 10,000 of them. */
  partBytesMin: 5 * MIB,
  partBytesDefault: 16 * MIB,
  partsPerUpload: 10_000,
  /** Part URLs signed in one answer; a client asks again for the rest. */
  partUrlsPerRequest: 500,
  /** Multipart uploads a tenant may have open at once. */
  openUploadsPerTenant: 10,
  /** An upload that was never completed is aborted after this long. */
  uploadSessionMs: 24 * 3_600_000,
  /** An upload URL must be used within this; a client asks again for a fresh one. */
  uploadGrantMs: 3_600_000,

  nameBytes: 255,
  tags: 20,
  tagLength: 64,
  metadataEntries: 50,
  metadataValueLength: 500,
  idempotencyKeyLength: 255,
  pageSizeDefault: 20,
  pageSizeMax: 100,

  /** `startAt` lies at most this far ahead. */
  startDelayMs: 365 * 86_400_000,
  priorityMin: 0,
  priorityMax: 100,
  priorityDefault: 50,
  /** One point of priority is worth this much waiting time: nothing starves, see docs/adr/0004. */
  priorityPointMs: 6_000,

  /** RegionQueue objects per region at most (QUEUE_SHARDS). */
  shardsPerRegion: 64,

  leaseMs: 30_000,
  /** A heartbeat every third of the lease. */
  heartbeatsPerLease: 3,
  leasesPerRequest: 16,
  longPollMs: 25_000,
  /** A lease found this long after its expiry means that we slept, not the runner: it is renewed once. */
  outageMs: 5_000,
  /** Retries after the first attempt (MAX_RETRIES). */
  retries: 3,
  retryBaseMs: 2_000,
  retryMaxMs: 300_000,
  /** A task that nobody could lease for this long is dead. */
  queuedMs: 7 * 86_400_000,
  /** Ended jobs stay in their queue for this long, for people to look at; their row in D1 stays. */
  queueRetentionMs: 7 * 86_400_000,
  /** A task that was handed back is kept away for this long: its runner would be the first to see it again. */
  releaseDelayMs: 1_000,
  /** Longest run of one attempt (JOB_TIMEOUT), seconds. */
  jobTimeoutSeconds: 6 * 3_600,

  /** Files of one task, and of one grant request. */
  outputFilesPerTask: 20_000,
  grantsPerRequest: 500,
  outputNameLength: 200,
  /** Output grants outlive the lease by this much, so that a slow last PUT ends well. */
  grantSlackMs: 60_000,
  downloadGrantMs: 15 * 60_000,

  progressPerSecond: 2,
  /** JobChannel keeps the last state; it is written at stage changes and this often. */
  progressPersistMs: 5_000,
  jobChannelRetentionMs: 86_400_000,

  logTailLength: 4_000,
  errorMessageLength: 1_000,

  /** Limits of what ffmpeg is given, checked by probing before any encode. */
  inputPixels: 67_108_864,
  inputStreams: 64,
  /** Longest source that is worked on, seconds. */
  inputDurationSeconds: 24 * 3_600,
  outputDimension: 7_680,

  eventsPerPull: 200,
  /** Manifests make events large: a pull ends with the event that goes beyond this. */
  eventBytesPerPull: 1 * MIB,
  /** Events that nobody has acknowledged after this long are rung for, and again after each `eventsRingAgainMs`. */
  eventsRingMs: 1_000,
  eventsRingAgainMs: 5_000,
  /** The fast way of an outbox row gives up after this long, and leaves it to the region's Queue. */
  dispatchMs: 2_000,
  /** Outbox rows that one sweep delivers by itself; the rest it hands to the region's Queue. */
  outboxPerSweep: 200,
  outboxBatch: 100,
  /** An outbox row older than this is sent again by the sweep. */
  outboxGraceMs: 10_000,
  /** An answer waits this long for D1 to show what it tells, then goes out by itself. */
  projectionWaitMs: 1_000,
  /** Bytes that nothing points to are deleted when no grant can write them any more, and once more after this long. */
  storageSweepAgainMs: 3_600_000,
  storageSweepsPerRun: 100,
} as const;
