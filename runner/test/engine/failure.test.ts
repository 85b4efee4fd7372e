import { describe, expect, it } from "vitest";
import { engineFailure } from "../../src/engine/failure.ts";

const end = (exitCode: number | undefined, words: string, signal?: string) =>
  engineFailure({ exitCode, signal, logTail: words === "" ? "" : `reelway-media: ${words}` });

describe("engineFailure", () => {
  it.each([
    [3, "not_mp4: source: not an MP4 file: no moov box", "input_unreadable"],
    [3, "truncated: source: moov: ends too early", "input_truncated"],
    [3, "limit: source: trak: over the limit: too many tracks", "input_limit_exceeded"],
    [3, "source_forbidden: the URL must begin with https://", "source_forbidden"],
    [3, "source_status: the server answered with status 418", "source_refused"],
    [4, "source_status: the server answered with status 503", "source_unavailable"],
    [4, "network: the connection failed: timeout", "source_unavailable"],
    [4, "no_room: there is no room for 9 bytes", "scratch_full"],
    [4, "io: .source.fetch: No space left on device (os error 28)", "scratch_full"],
    [4, "io: .source.fetch: Permission denied (os error 13)", "runner_error"],
    [2, "--header: a header is written as NAME: VALUE", "runner_error"],
    [3, "a_code_of_tomorrow: something new", "input_unreadable"],
    [4, "a_code_of_tomorrow: something new", "runner_error"],
    [101, "", "runner_error"],
  ])("exit code %i, %s → %s", (exitCode, words, code) => {
    const error = end(exitCode, words);
    expect(error.code).toBe(code);
    if (words !== "") expect(words).toContain(error.detail);
  });

  it("tells a kill from outside and a refused allocation from a fault", () => {
    expect(end(undefined, "", "SIGKILL").code).toBe("out_of_memory");
    const aborted = { exitCode: undefined, signal: "SIGABRT", logTail: "memory allocation of 99999 bytes failed" };
    expect(engineFailure(aborted).code).toBe("out_of_memory");
    expect(end(undefined, "", "SIGSEGV").code).toBe("runner_error");
  });
});
