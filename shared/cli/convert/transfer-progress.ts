import type { Output } from "../output.ts";
import { renderProgress } from "../terminal/progress-bar.ts";
import { formatBytes, formatClock, formatShare } from "../terminal/units.ts";

/** A bar for bytes on their way up or down: how much, how fast, how long. */
export function transferProgress(output: Output, label: string, totalBytes: number) {
  const startedAt = Date.now();
  let doneBytes = 0;
  /** Bytes that were there before we began (a resumed upload) say nothing about speed. */
  let headStart: number | undefined;

  const figures = () => {
    const seconds = (Date.now() - startedAt) / 1_000;
    const perSecond = (doneBytes - (headStart ?? 0)) / Math.max(0.001, seconds);
    const measured = seconds > 1 && perSecond > 0;
    return [
      ...(measured ? [`${formatClock((totalBytes - doneBytes) / perSecond)} left`] : []),
      ...(measured ? [`${formatBytes(perSecond)}/s`] : []),
      formatShare(doneBytes, totalBytes),
    ];
  };
  output.live.show((columns, tick) =>
    renderProgress(
      { label, fraction: totalBytes === 0 ? 1 : doneBytes / totalBytes, figures: figures() },
      columns,
      tick,
      output.err,
    ),
  );
  return {
    update(bytes: number): void {
      headStart ??= bytes;
      doneBytes = bytes;
    },
    /** The bar is gone; says how long it took and how fast it was. */
    end(): { elapsedMs: number; perSecond: number } {
      output.live.stop();
      const elapsedMs = Date.now() - startedAt;
      return { elapsedMs, perSecond: (doneBytes - (headStart ?? 0)) / Math.max(0.001, elapsedMs / 1_000) };
    },
    stop: () => output.live.stop(),
  };
}
