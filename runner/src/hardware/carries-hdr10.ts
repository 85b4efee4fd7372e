import { join } from "node:path";
import type { DeviceEncoder } from "../ffmpeg/arguments/devices/family.ts";
import { filterText, knownOptions } from "../ffmpeg/arguments/devices/known.ts";
import { factorOn } from "../ffmpeg/arguments/encoders.ts";
import type { Candidate } from "./device-arguments.ts";
import type { Trial } from "./prove-device.ts";
import { type ProofMeans, runInRoom } from "./run-proof.ts";

/** Whether the metadata of an HDR10 clip is still there once the device has encoded it. */
export async function carriesHdr10(
  { device, family, vocabulary }: Candidate,
  encoder: DeviceEncoder,
  variant: string,
  { tools, clips, means, run }: Trial,
): Promise<boolean> {
  const clip = await clips.hdr10();
  if (clip === null || encoder.codec === "vp9") return false;
  const made = join(means.room.directory, `hdr10-${device.id}-${encoder.name}.mkv`);
  const options = encoder.options(
    {
      ...{ rate: { kind: "quality", factor: factorOn(encoder.scale, 50) }, speed: "fast", depth: 10 },
      ...{ keyFrames: { apart: 3 }, profile: encoder.profile(10), level: null },
    },
    variant,
  );
  const upload = [`format=${family.worked[10]}`, ...filterText(family.upload, vocabulary)];
  const { passed } = await run([
    ...[...family.open(device), "-i", `file:${clip}`, "-vf", upload.join(",")],
    ...["-c:v", encoder.name, ...knownOptions(encoder.name, options, vocabulary), "-f", "matroska", `file:${made}`],
  ]);
  return passed && (await readsHdr10(tools.ffprobePath, made, means));
}

async function readsHdr10(ffprobePath: string, path: string, means: ProofMeans): Promise<boolean> {
  const show = [
    "-select_streams",
    "v:0",
    "-show_frames",
    "-read_intervals",
    "%+#1",
    "-show_entries",
    "frame=side_data_list",
  ];
  const { stdout } = await runInRoom(ffprobePath, ["-v", "error", "-of", "json", ...show, `file:${path}`], means);
  return stdout.includes("Mastering display metadata") && stdout.includes("Content light level metadata");
}
