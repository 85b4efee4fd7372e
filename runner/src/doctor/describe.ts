import type { DeviceReport, ProofEntry } from "../hardware/proof-report.ts";
import type { Examination } from "./examine.ts";

/** An examination for people: what was found, what was proved, what failed, why, and what to do about it. */
export function describe({ ffmpeg, engine, software, vmaf, devices, sandbox, faults }: Examination): string {
  const programs = [
    ["ffmpeg", `${ffmpeg.version} (${ffmpeg.path})`],
    ["engine", engine?.version ?? "none"],
    ["encoders", software.join(" ") || "none"],
    ["VMAF", vmaf ? "measured" : "not in this ffmpeg"],
    ["sandbox", "failed" in sandbox ? `failed: ${sandbox.failed}` : sandbox.rung],
  ] as const;
  return [
    ...table(programs),
    ...("failed" in sandbox ? [] : sandbox.refused.map(({ rung, reason }) => `           not ${rung}: ${reason}`)),
    "",
    ...(devices.length === 0 ? ["No devices found: everything is done in software."] : devices.flatMap(describeDevice)),
    "",
    faults.length === 0 ? "All is well." : `Wanting: ${faults.join("; ")}.`,
    "",
  ].join("\n");
}

function describeDevice({ id, name, driver, entries, passing }: DeviceReport): string[] {
  const rows = entries.flatMap((entry) => [
    [entry.outcome, entry.subject, entry.detail] as const,
    ...(entry.fix === null || isRepeated(entry, entries) ? [] : ([["", "", `→ ${entry.fix}`]] as const)),
  ]);
  return [
    `${name} (${id}), ${driver}`,
    ...table(rows).map((line) => `  ${line}`),
    ...(passing
      ? ["  What failed may work another time: a runner tries the device again by itself, after a pause that grows."]
      : []),
  ];
}

/** The same advice is given once. */
function isRepeated(entry: ProofEntry, entries: readonly ProofEntry[]): boolean {
  return entries.find(({ fix }) => fix === entry.fix) !== entry;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
