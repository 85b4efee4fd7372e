import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { hostHardware, type Joining, joinLine, joinMeans, localImage } from "./join-lines.ts";

const joining: Joining = {
  url: "https://reelway.example.com",
  region: "weur",
  token: "rwreg_x",
  hardware: "cpu",
  image: localImage,
};
const words = (line: string) => line.split(/[\s\\]+/).filter(Boolean);

it("says of containers what docs/runners.md says", () => {
  const guide = readFileSync(new URL("../../docs/runners.md", import.meta.url), "utf8");
  const [, documented = ""] = /^(docker run -d [\s\S]*?)\n```/m.exec(guide) ?? [];
  const expected = documented
    .replace("RUNNER_NAME=rack-2-left", "RUNNER_NAME=$(hostname)")
    .replace("rwreg_…", "rwreg_x");
  expect(words(joinLine("docker", joining)).sort()).toEqual(words(expected).sort());
  expect(joinLine("podman", joining)).toBe(joinLine("docker", joining).replace("docker", "podman"));
});

it("is one command of a shell, whatever the means and the hardware", () => {
  for (const means of joinMeans)
    for (const hardware of hostHardware) {
      const line = joinLine(means, { ...joining, hardware });
      expect(() => execFileSync("sh", ["-n", "-c", line]), line).not.toThrow();
      expect(line, `${means} ${hardware}`).toContain("rwreg_x");
      expect(
        line
          .split("\n")
          .slice(0, -1)
          .every((part) => part.endsWith("\\")),
        line,
      ).toBe(true);
    }
});

it("gives a container the devices that its image is for", () => {
  expect(joinLine("docker", { ...joining, hardware: "nvidia" })).toMatch(/--gpus all[\s\S]*:nvidia$/);
  expect(joinLine("docker", { ...joining, hardware: "vaapi" })).toMatch(/--device \/dev\/dri[\s\S]*:vaapi$/);
});
