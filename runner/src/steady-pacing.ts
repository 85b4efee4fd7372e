import { type Pacing, systemPacing } from "@reelway/shared/client/retry";

/** The system's pacing by a clock that is never set: a host whose time jumps must neither rest for a day nor hurry. */
export const steadyPacing: Pacing = {
  ...systemPacing,
  now: () => performance.timeOrigin + performance.now(),
};
