import { reasonOf } from "@reelway/shared/errors/reason-of";
import type { Logger } from "pino";
import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import type { DeviceFault } from "./device-faults.ts";
import { isSecondWay } from "./second-way.ts";

/** What speaks against a device: a fault that is known, or work that software then did. */
export type Complaint = Pick<DeviceFault, "reason"> & { readonly kind: DeviceFault["kind"] | "unknown" };

/** Which devices may be given work, and who says how it went. */
export interface DeviceHealth {
  /** In the order in which they are tried. */
  readonly usable: () => readonly ProvenDevice[];
  /** Those that are set aside, each with the reason. */
  readonly setAside: () => readonly { readonly device: ProvenDevice; readonly reason: string }[];
  readonly worked: (id: string) => void;
  readonly failed: (id: string, complaint: Complaint) => void;
}

export interface BreakerOptions {
  readonly devices: readonly ProvenDevice[];
  /** Has the device do its simplest work. */
  readonly probe: (device: ProvenDevice) => Promise<{ readonly passed: boolean; readonly log: string }>;
  /** A device went or came back: what this host can do has changed. */
  readonly onChange: () => void;
  /** The first rest of a device, milliseconds; doubled each time that it does not help. */
  readonly restMs: number;
  readonly log: Logger;
}

/** So many failures one after the other set a device aside. */
const failuresMax = 3;
/** What ails the device itself is not going to be better the next time. */
const grave: ReadonlySet<Complaint["kind"]> = new Set(["driver", "permission", "gone"]);
const restMaxMs = 30 * 60_000;

interface Breaker {
  device: ProvenDevice;
  failures: number;
  /** Why it is set aside; null while it may work. */
  reason: string | null;
  restMs: number;
  timer: NodeJS.Timeout | null;
}

/** One breaker per device: repeated failures set it aside, and a probe after a rest brings it back. */
export class DeviceBreakers implements DeviceHealth {
  readonly #options: BreakerOptions;
  readonly #breakers: Map<string, Breaker>;
  #closed = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#breakers = new Map(options.devices.map((device) => [device.id, this.#breakerOf(device)]));
  }

  /** A device was proved anew, or for the first time. One that is set aside stays so until its probe. */
  learn(device: ProvenDevice): void {
    const known = this.#breakers.get(device.id);
    if (known === undefined) this.#breakers.set(device.id, this.#breakerOf(device));
    else known.device = device;
    this.#options.onChange();
  }

  #breakerOf(device: ProvenDevice): Breaker {
    return { device, failures: 0, reason: null, restMs: this.#options.restMs, timer: null };
  }

  usable(): readonly ProvenDevice[] {
    const well = [...this.#breakers.values()].filter(({ reason }) => reason === null).map(({ device }) => device);
    return well.filter((device) => !isSecondWay(device, well));
  }

  setAside() {
    return [...this.#breakers.values()].flatMap(({ device, reason }) => (reason === null ? [] : [{ device, reason }]));
  }

  worked(id: string): void {
    const breaker = this.#breakers.get(id);
    if (breaker === undefined || breaker.reason !== null) return;
    breaker.failures = 0;
    breaker.restMs = this.#options.restMs;
  }

  failed(id: string, { kind, reason }: Complaint): void {
    const breaker = this.#breakers.get(id);
    // A size or format that it does not take is the source's: the device is as well as before.
    if (breaker === undefined || breaker.reason !== null || kind === "unsupported") return;
    breaker.failures++;
    this.#options.log.warn({ device: id, failures: breaker.failures, kind, reason }, "a device failed");
    if (breaker.failures < failuresMax && !grave.has(kind)) return;
    breaker.reason = reason;
    this.#options.log.error({ device: id, kind, reason, restMs: breaker.restMs }, "the device is set aside");
    this.#options.onChange();
    this.#rest(breaker);
  }

  /** Probes nothing any more. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#breakers.values()) if (timer !== null) clearTimeout(timer);
  }

  #rest(breaker: Breaker): void {
    if (this.#closed) return;
    breaker.timer = setTimeout(() => void this.#probe(breaker), breaker.restMs).unref();
  }

  async #probe(breaker: Breaker): Promise<void> {
    const { probe, log, onChange } = this.#options;
    const { device } = breaker;
    const { passed, log: words } = await probe(device).catch((error: unknown) => ({
      passed: false,
      log: reasonOf(error),
    }));
    breaker.restMs = Math.min(restMaxMs, breaker.restMs * 2);
    if (!passed) {
      log.warn({ device: device.id, reason: words.slice(0, 300), restMs: breaker.restMs }, "the device still fails");
      this.#rest(breaker);
      return;
    }
    breaker.failures = 0;
    breaker.reason = null;
    log.info({ device: device.id }, "the device works again");
    onChange();
  }
}
