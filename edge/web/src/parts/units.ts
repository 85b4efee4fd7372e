/** Times of day as the reader's own place has them. What counts down or up is in shared/cli/terminal/units. */

const full = new Intl.DateTimeFormat("en", {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const clock = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

const minute = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayAndMinute = new Intl.DateTimeFormat("en", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** "14:05" */
export const minuteTime = (at: number) => minute.format(at);
/** "Nov 22, 14:05", where there is no room for more. */
export const dayTime = (at: number) => dayAndMinute.format(at);
export const fullTime = (at: number) => full.format(at);
export const clockTime = (at: number) => clock.format(at);
