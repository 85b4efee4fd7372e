import { describe, expect, it } from "vitest";
import { reasonIn, toolFailure } from "../../src/ffmpeg/failure.ts";

const failed = (logTail: string, exitCode: number | undefined = 1, signal?: string) =>
  toolFailure({ exitCode, signal, logTail }, "encode_failed");

/** What ffmpeg 5.1 and 9.0 really print. */
const messages: readonly (readonly [code: string, log: string, detail?: string | undefined])[] = [
  [
    "input_truncated",
    "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55e0] moov atom not found\nsource: Invalid data found when processing input",
    "moov atom not found",
  ],
  [
    "input_unreadable",
    "source: Invalid data found when processing input",
    "source: Invalid data found when processing input",
  ],
  [
    "input_unreadable",
    "[in#0 @ 0x55d1] Error opening input: Invalid data found when processing input\nError opening input file source.\nError opening input files: Invalid data found when processing input",
    undefined,
  ],
  [
    "input_unreadable",
    "[hls @ 0x5581] Format not on whitelist 'mov,matroska'",
    "not one of the media formats that are read",
  ],
  ["input_unreadable", "Decoder (codec none) not found for input stream #0:0"],
  ["input_missing_stream", "Stream map '0:v:0' matches no streams."],
  ["input_limit_exceeded", "[IMGUTILS @ 0x7ffc] Picture size 30000x30000 is invalid"],
  ["scratch_full", "av_interleaved_write_frame(): No space left on device\n[mp4 @ 0x1] Error writing trailer"],
  ["scratch_full", "[mp4 @ 0x1] Error writing trailer: Disk quota exceeded"],
  [
    "scratch_full",
    "[libx264 @ 0x1] ratecontrol_end: stats file could not be written to\nError submitting video frame to the encoder",
  ],
  // The task's own files, whose paths are cut from the log, and what is none of the file's business.
  ["runner_error", "source: No such file or directory"],
  ["runner_error", "source: Permission denied"],
  ["runner_error", "[AVHWDeviceContext @ 0x1] Failed to open /dev/dri/renderD128: No such file or directory"],
  // A program that was taken away from under a runner.
  ["runner_error", "setpriv: failed to execute /opt/ffmpeg/bin/ffmpeg: No such file or directory"],
  ["runner_error", "prlimit: failed to execute /opt/ffmpeg/bin/ffmpeg: Permission denied"],
  ["runner_error", "bwrap: execvp /opt/ffmpeg/bin/ffmpeg: No such file or directory"],
  ["input_hostile", "[hls @ 0x1] Failed to open segment 0: file:///etc/passwd: No such file or directory"],
  ["input_hostile", "[Parsed_movie_0 @ 0x1] Failed to avformat_open_input '/srv/film.ts': Permission denied"],
  ["output_limit_exceeded", "av_interleaved_write_frame(): File too large"],
  ["out_of_memory", "x264 [error]: malloc of size 4147456 failed"],
  ["out_of_memory", "Error while opening encoder for output stream #0:0: Cannot allocate memory"],
  [
    "spec_unsupported",
    "[mp4 @ 0x1] Could not find tag for codec vp8 in stream #0, codec not currently supported in container",
  ],
  ["encode_failed", "[h264_nvenc @ 0x1] Cannot load libcuda.so.1\nError initializing output stream 0:0"],
  ["encode_failed", "something new\nConversion failed!", "something new"],
];

describe("failures of ffmpeg", () => {
  it.for(messages)("%s: %s", ([code, log, detail]) => {
    const error = failed(log);
    expect(error.code).toBe(code);
    if (detail !== undefined) expect(error.detail).toBe(detail);
    expect(error.logTail).toBe(log);
  });

  it("knows a kill for memory by signal and by exit code", () => {
    expect(failed("", undefined, "SIGKILL").code).toBe("out_of_memory");
    expect(failed("", 137).code).toBe("out_of_memory");
  });

  it("knows the end of its processor time, however much ffmpeg found wrong before", () => {
    expect(failed("", 255)).toMatchObject({ code: "job_timeout", detail: expect.stringContaining("processor time") });
    expect(failed("[h264 @ 0x1] Invalid data found when processing input", 255).code).toBe("job_timeout");
    expect(failed("", undefined, "SIGXCPU").code).toBe("job_timeout");
    expect(failed("[vost#0:0 @ 0x1] Task finished with error code: -1 (Operation not permitted)", 255).code).toBe(
      "encode_failed",
    );
  });

  it("has something to say when ffmpeg said nothing", () => {
    expect(failed("", 69).detail).toBe("ffmpeg ended with exit code 69");
    expect(failed("", undefined, "SIGSEGV").detail).toBe("ffmpeg ended with SIGSEGV");
  });

  it("cuts names and addresses of objects", () => {
    expect(reasonIn("[vist#0:0/h264 @ 0x1a2b] [dec:h264 @ 0x3c4d] Error submitting packet")).toBe(
      "Error submitting packet",
    );
  });
});
