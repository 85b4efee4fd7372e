const windowMs = 1_000;
const leasesKept = 2_000;

/** Reports per lease and second, counted in this isolate: a runner gone wild must not keep the channels busy. */
export class ReportRate {
  readonly #perSecond: number;
  readonly #windows = new Map<string, { startedAt: number; reports: number }>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  allows(lease: string, now: number): boolean {
    const window = this.#windows.get(lease);
    if (window !== undefined && now - window.startedAt < windowMs) return ++window.reports <= this.#perSecond;
    if (this.#windows.size >= leasesKept) this.#windows.clear();
    this.#windows.set(lease, { startedAt: now, reports: 1 });
    return true;
  }
}
