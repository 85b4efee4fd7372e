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
  /** The manifest of a task with many files. */
  completionBodyBytes: 8 * MIB,
  /** Levels that a JSON body may nest. */
  requestBodyDepth: 16,
  /** Findings that a refusal of a request names: an answer must not be many times what was sent. */
  fieldErrors: 100,
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

  /** Of a URL that a user gives: what browsers and servers take everywhere. */
  urlLength: 2_000,
  /** Sources of one batch. */
  batchSources: 500,
  /** Connections of one tenant. */
  connectionsPerTenant: 50,
  /** API keys of a tenant that hang on one person, and hold. */
  keysPerPerson: 100,
  /** A tenant's own bucket has this long to answer when it is tried. */
  connectionTestMs: 10_000,

  /** What callers name and attach to assets and jobs: rows stay small, and each event carries tags and metadata. */
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

  /** A runner holds back for others at most this long: what only such runners can do must not wait for ever. */
  holdBackSecondsMax: 86_400,

  /** RegionQueue objects per region at most (QUEUE_SHARDS). */
  shardsPerRegion: 64,
  /** Defaults of FAILOVER_AFTER_SECONDS and FAILOVER_WAIT_SECONDS. */
  failoverAfterSeconds: 300,
  failoverWaitSeconds: 900,
  /** Jobs that one sweep moves out of a region at most; the next one goes on. */
  movesPerSweep: 100,
  /** A job is moved this often at most: one that no region serves, or that takes down its hosts, ends where it is. */
  movesPerJob: 6,
  /** How long an isolate goes by what it read of regions and of where tenants may be. */
  placementCacheMs: 5_000,

  /** Default of ACCESS_TOKEN_SECONDS. */
  accessTokenSeconds: 600,
  /** Default of SESSION_DAYS. */
  sessionDays: 30,
  /** Defaults of BROWSER_SESSION_HOURS and BROWSER_SESSION_IDLE_MINUTES. */
  browserSessionHours: 168,
  browserSessionIdleMinutes: 720,
  /** The last use of a browser session is noted no more often than this. */
  browserSessionTouchMs: 60_000,
  /** A sign-in link must be used within this. */
  signInLinkMs: 600_000,
  /** Default of SIGNING_KEY_DAYS. */
  signingKeyDays: 30,
  /** Default of INVITATION_HOURS. */
  invitationHours: 24,
  /** A refresh token that was just used is answered with the same new one for this long: two tabs may race. */
  refreshGraceMs: 10_000,
  /** Failed logins within the window, before any further one is refused unread. */
  loginWindowMs: 600_000,
  loginsPerAccountAndAddress: 10,
  loginsPerAccount: 100,
  loginsPerAddress: 50,
  /** Of each kind of secret that was sealed with ENCRYPTION_SECRET_PREVIOUS: so many are sealed anew by one sweep. */
  sealedAnewPerSweep: 200,
  /** Days of usage that are told where nobody names them, and at most. */
  usageDays: 30,
  usageDaysMax: 366,
  /** What an isolate has served is told to the database this often. */
  deliveredEveryMs: 5_000,
  /** Audit rows that one seal covers at most, and seals that one call verifies. */
  auditRowsPerSeal: 500,
  auditSealsPerVerification: 20,

  leaseMs: 30_000,
  /** A heartbeat every third of the lease. */
  heartbeatsPerLease: 3,
  leasesPerRequest: 16,
  /** Of one runner: the most slots that there are, twice, since what only delivers takes none. */
  leasesPerRunner: 512,
  /** Of each runner in a list of them, longest first. */
  leasesListed: 8,
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
  /** Events that D1 has stay in their queue for this long, and at most so many: what a restored D1 can be brought up to date by. */
  replayMs: 2 * 86_400_000,
  replayEvents: 100_000,
  /** A task that was handed back is kept away for this long: its runner would be the first to see it again. */
  releaseDelayMs: 1_000,
  /** Failed jobs that one request replays or discards. */
  deadLettersPerRequest: 500,
  /** Failed jobs in a row that pause a runner, one tenant's use of a preset, a tenant: see docs/adr/0013. */
  breakerRunnerFailures: 5,
  breakerRecipeFailures: 5,
  breakerTenantFailures: 20,
  /** The first pause, twice as long after each failed trial, up to the longest. */
  breakerPauseMs: 60_000,
  breakerPauseMaxMs: 3_600_000,
  /** Failures further apart than this are no run. */
  breakerRunMs: 3_600_000,
  /** A chunk that takes this many times what is usual may be made by a second runner (HEDGE_FACTOR), but none before so long. */
  hedgeFactor: 2,
  hedgeMinMs: 10_000,
  /** Chunks of one stream that are made twice at once: so many, or one for so many of its open tasks where that is more. */
  hedgesPerJob: 2,
  openTasksPerHedge: 4,
  /** Longest run of one attempt (JOB_TIMEOUT), seconds. */
  jobTimeoutSeconds: 6 * 3_600,

  /** What a runner says that it can do: a host with eight unlike cards has about two hundred words for it. */
  capabilities: 400,

  /** Of a stream: rungs of a ladder, their largest size, tracks, chunks, and what a chunk holds. */
  rungs: 8,
  rungShortSideMax: 4_320,
  streamAudioTracks: 8,
  streamSubtitles: 32,
  chunksPerStream: 5_000,
  segmentsPerChunk: 200,
  keyFramesPerChunk: 2_000,
  /** Key frames of a segment that can be had alone: a segment is asked to last 60 s at most, and they stand 0.5 s apart. */
  keyFramesPerSegment: 1_000,
  /** Finished chunks of a failed stream are kept for this long, for a retry to go on from. */
  checkpointMs: 3 * 86_400_000,
  /** Default of PLAYBACK_TOKEN_SECONDS. */
  playbackTokenSeconds: 6 * 3_600,
  /** What a caller may ask for instead. */
  playbackTokenSecondsMin: 60,
  playbackTokenSecondsMax: 7 * 86_400,

  /** Default of MAX_OUTPUT_SIZE: twice what a runner holds in its scratch space unless told otherwise. */
  outputBytesPerTask: 100 * GIB,
  /** Files of one task, and of one grant request. */
  outputFilesPerTask: 20_000,
  grantsPerRequest: 500,
  outputNameLength: 200,
  /** Output grants outlive the lease by this much, so that a slow last PUT ends well. */
  grantSlackMs: 60_000,
  downloadGrantMs: 15 * 60_000,

  progressPerSecond: 2,
  /** WebSockets and streams of one job's progress at once; who comes later asks for its status. */
  viewersPerJob: 1_000,
  /** JobChannel keeps the last state; it is written at stage changes and this often. */
  progressPersistMs: 5_000,
  jobChannelRetentionMs: 86_400_000,

  logTailLength: 4_000,
  /** A failed command as one line: the encode of a ladder of eight takes half of it. */
  commandLength: 12_000,
  programVersionLength: 100,
  errorMessageLength: 1_000,
  /** Why something was done in another way than asked, or not at all: a remark in a report, not an error. */
  reasonLength: 300,

  /** Limits of what ffmpeg is given, checked by probing before any encode. */
  inputPixels: 67_108_864,
  inputStreams: 64,
  /** Longest source that is worked on, seconds. */
  inputDurationSeconds: 24 * 3_600,
  outputDimension: 7_680,

  eventsPerPull: 200,
  /** Manifests and log tails make events large: a pull ends with the event that goes beyond this. */
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
  /** Objects that a check of the storage names of one source or job. */
  missingNames: 10,
  /** Bytes that no record knows are deleted so long after somebody wanted it, where nothing else is said: a record may come back. */
  unknownBytesDays: 7,
  unknownRootsPerSweep: 20,
  /** Jobs whose outputs one DELETE of their asset deletes; a repeat goes on. */
  erasuresPerRequest: 50,
  /** Sources, and jobs' outputs, that one sweep deletes because their time has come: at a time, in all, and for how long. */
  erasuresPerRound: 50,
  erasuresPerSweep: 500,
  erasuresSweepMs: 20_000,

  /** Outputs that an event names; it counts the others. */
  eventOutputs: 100,
  /** Events can be read again, and their webhook deliveries looked at, for this long. */
  eventRetentionMs: 30 * 86_400_000,
  /** Rows that one sweep looks at to delete those that are too old. */
  eventsPerSweep: 5_000,
  webhooksPerTenant: 20,
  /** A receiver has this long to answer. */
  webhookTimeoutMs: 10_000,
  /** Whoever sends has this long to say how it went; then it is sent again. */
  webhookClaimMs: 30_000,
  /** What is read of a receiver's answer, and what is kept of it. */
  webhookResponseBytes: 4 * KIB,
  webhookResponseKept: 1 * KIB,
  /** Deliveries under way at once: to one host of a tenant, of one tenant, and of these to jobs' own URLs. */
  webhooksPerHostAtOnce: 5,
  webhooksPerTenantAtOnce: 25,
  webhooksOfJobsAtOnce: 15,
  /** The waits between the attempts of a delivery: about 28 hours in all. */
  webhookRetriesMs: [5e3, 30e3, 120e3, 600e3, 1_800e3, 3_600e3, 7_200e3, 14_400e3, 28_800e3, 43_200e3],
  /** A receiver may ask for this much patience (Retry-After). */
  webhookRetryAfterMaxMs: 12 * 3_600_000,
  /** Failed attempts in a row after which an endpoint is paused: first for this long, then twice as long each time. */
  webhookFailuresToPause: 5,
  webhookPauseMs: 60_000,
  webhookPauseMaxMs: 3_600_000,
  /** An endpoint that did nothing but fail for this long is disabled. */
  webhookDisableAfterMs: 5 * 86_400_000,
  /** Addresses of one host that a tenant may have asked within this time, while none of them has answered the challenge. */
  webhookVerificationsPerHost: 20,
  webhookVerificationsWithinMs: 3_600_000,
  /** An address that could not even be asked for this long is given up. */
  webhookVerificationWaitMs: 86_400_000,
  /** Endpoints that one sweep disables because their address did not prove itself. */
  webhooksDisabledPerSweep: 100,
  /** The secret before the current one signs too for this long. */
  webhookSecretOverlapMs: 24 * 3_600_000,
  /** Overdue deliveries that one sweep finds, at most so many of one host. */
  webhooksPerSweep: 500,
  webhooksPerSweepAndHost: 20,
  /** Deliveries without an endpoint or a hope that one sweep ends. */
  webhooksEndedPerSweep: 5_000,
} as const;
