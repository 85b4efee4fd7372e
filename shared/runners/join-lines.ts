import type { RegionId } from "../regions.ts";

/** By what a host runs its runner. `checkout` is in the foreground, from a clone of this repository. */
export const joinMeans = ["docker", "podman", "compose", "systemd", "checkout"] as const;
export type JoinMeans = (typeof joinMeans)[number];

/** What a host has besides cores: which image it takes, and what the container must be given. */
export const hostHardware = ["cpu", "nvidia", "vaapi"] as const;
export type HostHardware = (typeof hostHardware)[number];

/** What a host needs to know to join. */
export interface Joining {
  /** The control plane. */
  readonly url: string;
  readonly region: RegionId;
  /** A registration token. */
  readonly token: string;
  readonly hardware: HostHardware;
  /** The image without its tag, such as `ghcr.io/owner/reelway-runner`. */
  readonly image: string;
}

/** The name that `make image` gives. */
export const localImage = "localhost/reelway-runner";

const deviceFlags: Readonly<Record<HostHardware, readonly string[]>> = {
  cpu: [],
  nvidia: ["--gpus all"],
  vaapi: ["--device /dev/dri --group-add $(getent group render | cut -d: -f3)"],
};

/** What the host must have before the line is run there, for people. */
export const joinNeeds: Readonly<Record<JoinMeans, string>> = {
  docker: "The image is built on the host first, by `make image` in a checkout.",
  podman: "The image is built on the host first, by `make image` in a checkout.",
  compose: "To be run as root in a checkout on the host: the compose file lies there, and what it builds the image of.",
  systemd: "To be run as root on a host with a checkout in /opt/reelway, the user and the unit: they come first.",
  checkout: "To be run in a checkout on the host, after `make setup`. It stays in the foreground.",
};
/** Where the steps before it are described. */
export const joinGuide = "docs/runners.md";

/** What to paste into a shell of the host, bash or sh: one command, as docs/runners.md has it. */
export function joinLine(means: JoinMeans, joining: Joining): string {
  return linesOf(means, joining).join(" \\\n  ");
}

function linesOf(means: JoinMeans, joining: Joining): readonly string[] {
  const { url, region, token, hardware } = joining;
  switch (means) {
    case "docker":
    case "podman":
      return containerLines(means, joining);
    case "compose":
      return [
        `printf %s ${token} | install -m 0400 -o 10001 /dev/stdin registration-token &&`,
        `REELWAY_URL=${url} RUNNER_REGION=${region} RUNNER_NAME=$(hostname)`,
        `docker compose -f docker-compose.runner.yml --profile ${hardware} up -d`,
      ];
    case "systemd":
      return [
        "install -d -m 0700 /etc/reelway &&",
        `printf 'REELWAY_URL=%s\\nRUNNER_REGION=%s\\n' ${url} ${region} | install -m 0600 /dev/stdin /etc/reelway/runner.env &&`,
        `printf %s ${token} | install -m 0600 /dev/stdin /etc/reelway/registration-token &&`,
        "systemctl enable --now reelway-runner",
      ];
    case "checkout":
      return [`REELWAY_URL=${url} RUNNER_REGION=${region}`, `REELWAY_REGISTRATION_TOKEN=${token} bin/reelway-runner`];
  }
}

function containerLines(program: "docker" | "podman", joining: Joining): readonly string[] {
  const { url, region, token, hardware, image } = joining;
  return [
    `${program} run -d --name reelway-runner --restart unless-stopped --stop-timeout 60`,
    "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -v reelway-runner:/var/lib/reelway",
    ...deviceFlags[hardware],
    `-e REELWAY_URL=${url} -e RUNNER_REGION=${region} -e RUNNER_NAME=$(hostname)`,
    `-e REELWAY_REGISTRATION_TOKEN=${token} ${image}:${hardware}`,
  ];
}
