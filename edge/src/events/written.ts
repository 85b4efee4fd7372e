/**
 * How many events this isolate has written, and of how many somebody has looked for webhooks. A hint: what it misses (an
 * isolate that died) is found by the sweep, and one too many (a batch that failed) costs a look.
 */
let written = 0;
let seen = 0;

export function noteEvents(): void {
  written += 1;
}

export function eventsNoted(): number {
  return written;
}

/** Whether there were any since the last call. */
export function takeNoted(): boolean {
  const areNew = written > seen;
  seen = written;
  return areNew;
}
