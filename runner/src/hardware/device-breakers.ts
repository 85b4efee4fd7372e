import type { Logger } from "pino";
import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import type { DeviceFault } from "./device-faults.ts";
import { Rest } from "./rest.ts";
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
const grave: ReadonlySet<Complaint["kind"]> = new Set(["driver", "permission", "gone", "wrong"]);

interface Breaker {
  device: ProvenDevice;
  failures: number;
  /** Why it is set aside; null while it may work. */
  reason: string | null;
  /** It made other pictures: that it works in one way says nothing of another, so its rests go on growing. */
  isDoubted: boolean;
  readonly rest: Rest;
}

/** One breaker per device: repeated failures set it aside, and a probe after a rest brings it back. */
export class DeviceBreakers implements DeviceHealth {
  readonly #options: BreakerOptions;
  readonly #breakers: Map<string, Breaker>;

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
    const { restMs, probe, log, onChange } = this.#options;
    const { id } = device;
    const rest = new Rest({
      firstMs: restMs,
      probe: () => probe(breaker.device),
      onStill: (reason, nextMs) => log.warn({ device: id, reason, restMs: nextMs }, "the device still fails"),
      onOver: () => {
        breaker.failures = 0;
        breaker.reason = null;
        log.info({ device: id }, "the device works again");
        onChange();
      },
    });
    const breaker: Breaker = { device, failures: 0, reason: null, isDoubted: false, rest };
    return breaker;
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
    if (!breaker.isDoubted) breaker.rest.forget();
  }

  failed(id: string, { kind, reason }: Complaint): void {
    const breaker = this.#breakers.get(id);
    // A size or format that it does not take is the source's: the device is as well as before.
    if (breaker === undefined || breaker.reason !== null || kind === "unsupported") return;
    breaker.failures++;
    this.#options.log.warn({ device: id, failures: breaker.failures, kind, reason }, "a device failed");
    breaker.isDoubted ||= kind === "wrong";
    if (breaker.failures < failuresMax && !grave.has(kind)) return;
    breaker.reason = reason;
    this.#options.log.error({ device: id, kind, reason, restMs: breaker.rest.nextMs }, "the device is set aside");
    this.#options.onChange();
    breaker.rest.begin();
  }

  /** Probes nothing any more. */
  close(): void {
    for (const { rest } of this.#breakers.values()) rest.close();
  }
}
