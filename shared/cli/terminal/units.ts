/** 312.4 MB: decimal units, as disks and networks count. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** 168/312 MB, 900 kB/5.0 GB. */
export function formatShare(part: number, whole: number): string {
  const [figure = "", unit] = formatBytes(part).split(" ");
  const total = formatBytes(whole);
  return `${total.endsWith(` ${unit}`) ? figure : `${figure} ${unit}`}/${total}`;
}

/** 0.8 s, 12.3 s, 1:05, 1:02:03. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return formatClock(seconds);
}

/** 0:05, 1:05, 1:02:03: for what counts down or up. */
export function formatClock(seconds: number): string {
  const whole = Math.round(Math.max(0, seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60), whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** just now, 4 min ago, 3 h ago, 12 d ago. */
export function formatAge(at: number, now: number): string {
  const seconds = Math.max(0, now - at) / 1_000;
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** 2026-11-21 10:38:05 UTC. */
export function formatTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
