/** Runs the Worker's scheduled handler; must not overlap with itself. */
export interface CronOptions {
  intervalMs: number;
  run: () => Promise<void>;
  onError: (error: unknown) => void;
}

/**
 * Drives cron, which the simulator never fires by itself: at once, so that what waited through a stop goes on, and then
 * every interval. A run that takes longer than the interval delays the next. Answers how to stop it; stopping waits for
 * a run that is under way.
 */
export function startCron({ intervalMs, run, onError }: CronOptions): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running = Promise.resolve();

  const turn = () => {
    running = run()
      .catch(onError)
      .then(() => {
        if (!stopped) timer = setTimeout(turn, intervalMs);
      });
  };
  turn();

  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
