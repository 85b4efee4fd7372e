import type { DeviceLoad, HostLoad } from "@reelway/shared/contracts/host-load";
import type { JobSpec } from "@reelway/shared/contracts/job-spec";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type DaemonState, daemonStates } from "../daemon/daemon-state.ts";
import { sampleVerdicts } from "../kinds/samples/verdict.ts";
import { dropReasons } from "../telemetry/bounded-export.ts";
import { droppedSpans } from "../telemetry/dropped-spans.ts";

/** What the gauges read at each scrape. */
export interface RunnerSnapshot {
  readonly state: DaemonState;
  readonly activeTasks: number;
  readonly slots: number;
  readonly scratchUsedBytes: number;
  readonly scratchClaimedBytes: number;
  readonly scratchMaxBytes: number;
  readonly doorbellConnected: boolean;
  readonly usesEngine: boolean;
  readonly lastContactAt: number | null;
  /** Null before the first look. */
  readonly load: HostLoad | null;
  /** How fast its tasks go, by format, in multiples of real time. */
  readonly speeds: ReadonlyMap<string, number>;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Of each device, where its driver tells. */
const deviceGauges: readonly {
  readonly name: string;
  readonly help: string;
  readonly read: (device: DeviceLoad) => number | null;
}[] = [
  { name: "reelway_runner_device_load", help: "Share of the device in use", read: ({ busy }) => busy },
  { name: "reelway_runner_device_encoder_load", help: "Share of its encoders", read: ({ encoder }) => encoder },
  { name: "reelway_runner_device_decoder_load", help: "Share of its decoders", read: ({ decoder }) => decoder },
  { name: "reelway_runner_device_memory_bytes", help: "Memory in use", read: ({ memoryUsedBytes }) => memoryUsedBytes },
  { name: "reelway_runner_device_memory_total_bytes", help: "Its memory", read: ({ memoryBytes }) => memoryBytes },
  { name: "reelway_runner_device_celsius", help: "Its temperature", read: ({ celsius }) => celsius },
];

/** The runner's metrics, on a registry of their own. Names are documented in docs/metrics.md and kept. */
export function createMetrics(snapshot: () => RunnerSnapshot) {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  collectDefaultMetrics({ register: registry });

  const gauge = (name: string, help: string, read: (snapshot: RunnerSnapshot) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(snapshot()));
      },
    });
  new Gauge({
    name: "reelway_runner_state",
    help: "1 for the state that the daemon is in",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      const { state } = snapshot();
      for (const each of daemonStates) this.set({ state: each }, each === state ? 1 : 0);
    },
  });
  gauge("reelway_runner_leases_active", "Tasks being worked on", (now) => now.activeTasks);
  gauge("reelway_runner_slots", "Tasks it works on at once", (now) => now.slots);
  gauge("reelway_runner_scratch_bytes", "Bytes that tasks hold on disk", (now) => now.scratchUsedBytes);
  gauge("reelway_runner_scratch_claimed_bytes", "Bytes claimed by tasks", (now) => now.scratchClaimedBytes);
  gauge("reelway_runner_scratch_max_bytes", "SCRATCH_MAX_BYTES", (now) => now.scratchMaxBytes);
  gauge("reelway_runner_doorbell_connected", "1 while the doorbell is connected", (now) =>
    now.doorbellConnected ? 1 : 0,
  );
  gauge("reelway_runner_engine", "1 where the media engine is used, 0 on a host without one", (now) =>
    now.usesEngine ? 1 : 0,
  );
  gauge("reelway_runner_cpu_load", "Share of all cores in use, by whatever program", (now) => now.load?.cpu ?? 0);
  gauge("reelway_runner_memory_bytes", "Memory in use, by whatever program", (now) => now.load?.memoryUsedBytes ?? 0);
  gauge(
    "reelway_runner_memory_total_bytes",
    "Memory of the host or its container",
    (now) => now.load?.memoryBytes ?? 0,
  );
  for (const { name, help, read } of deviceGauges)
    new Gauge({
      name,
      help,
      labelNames: ["device"],
      registers: [registry],
      collect() {
        this.reset();
        for (const [index, device] of (snapshot().load?.devices ?? []).entries()) {
          const value = read(device);
          if (value !== null) this.set({ device: `${index} ${device.name}` }, value);
        }
      },
    });
  new Gauge({
    name: "reelway_runner_speed",
    help: "How fast its tasks go now, all of a format together, in multiples of real time",
    labelNames: ["format"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [format, speed] of snapshot().speeds) this.set({ format }, speed);
    },
  });
  gauge(
    "reelway_runner_last_contact_timestamp_seconds",
    "When the control plane last answered",
    (now) => (now.lastContactAt ?? 0) / 1_000,
  );

  new Counter({
    name: "reelway_runner_trace_spans_dropped_total",
    help: "Spans that never reached the collector, by reason",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of dropReasons) this.inc({ reason }, droppedSpans()[reason]);
    },
  });

  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const samples = counter("reelway_runner_samples_total", "Results held against their source, by verdict", ["verdict"]);
  // From its start on, so that the first wrong one is an increase.
  for (const verdict of sampleVerdicts) samples.inc({ verdict }, 0);
  return {
    registry,
    tasks: counter("video_processing_total", "Tasks ended, by format and how", ["format", "status"]),
    duration: new Histogram({
      name: "video_processing_duration_seconds",
      help: "From lease to end of completed tasks, by format",
      labelNames: ["format"],
      buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600],
      registers: [registry],
    }),
    downloadedBytes: counter("reelway_runner_downloaded_bytes_total", "Bytes of inputs received"),
    uploadedBytes: counter("reelway_runner_uploaded_bytes_total", "Bytes of results that are up"),
    heartbeatFailures: counter("reelway_runner_heartbeat_failures_total", "Heartbeats without an answer"),
    leaseFailures: counter("reelway_runner_lease_request_failures_total", "Lease requests without an answer"),
    samples,
    ffmpegFailures: counter("reelway_runner_ffmpeg_failures_total", "Tasks that ffmpeg failed, by error code", [
      "code",
    ]),
  };
}

/** What a job makes, as metrics name it: the container of a transcode, else the kind. */
export function formatOf(spec: JobSpec): string {
  return spec.kind === "transcode" ? spec.container : spec.kind;
}
