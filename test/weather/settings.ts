/** How a run is made up. Times are milliseconds. */
export interface WeatherSettings {
  /** How long load and storms go on; what comes before and after is not counted. */
  readonly weatherMs: number;
  /** The same seed deals the same storms and orders; what they meet depends on the machine. */
  readonly seed: number;
}

export const tenantCount = 3;
/** Each has one job at a time, and waits for it or leaves it; that keeps two cores busy and no backlog growing. */
export const customersPerTenant = 2;
/** A customer orders nothing new while its tenant has so many jobs that have not ended. */
export const openJobsPerTenant = 5;

/** From this share of the weather on the control plane is left alone, so that its memory is seen over a long life. */
export const controlPlaneSparedFrom = 0.5;

/** Between the begins of two storms, on average; how far it varies. */
export const stormEveryMs = 12_000;
export const stormJitter = 0.5;

/** After the weather: everything must have ended by then. */
export const calmWithinMs = 900_000;

/** Of the runner whose scratch space is a disk of its own. */
export const smallDiskBytes = 512 * 1024 * 1024;

export const controlPlaneSettings = {
  LEASE_SECONDS: "10",
  RETRY_BASE_MS: "200",
  // A task may be hit again and again: how often one is tried is not what is looked at here.
  MAX_RETRIES: "50",
  REELWAY_CRON_SECONDS: "2",
  ALLOW_PRIVATE_URLS: "true",
  RATE_LIMITS: "off",
};

export const runnerSettings = {
  CONCURRENCY: "1",
  FFMPEG_THREADS: "1",
  DRAIN_GRACE: "5",
  POLL_SECONDS: "5",
  ALLOW_PRIVATE_URLS: "true",
  DEVICES: "none",
};
