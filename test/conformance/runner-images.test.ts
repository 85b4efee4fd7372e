import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Handing back after DRAIN_GRACE takes up to so many seconds (runner/src/daemon/daemon.ts, handBackMs), and a little. */
const handBackSeconds = 10;
const documented = new Set(
  [...read("docs/configuration.md").matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map((match) => match[1]),
);

describe("infra/docker/runner.Dockerfile", () => {
  const dockerfile = read("infra/docker/runner.Dockerfile");
  const bases = new Map(
    [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, name = "", image = ""]) => [name, image]),
  );
  const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, from = "", name = ""]) => ({
    from,
    name,
  }));

  test("starts from exact images of one release of Debian, so that what is built in one runs in another", () => {
    expect(bases.size).toBe(3);
    for (const image of bases.values())
      expect(image).toMatch(/^docker\.io\/library\/\w+:\S*bookworm\S*@sha256:[0-9a-f]{64}$/);
  });

  test("builds every stage from one of them, or from a stage above", () => {
    const known = new Set(["scratch", ...[...bases.keys()].map((name) => `\${${name}}`)]);
    for (const { from, name } of stages) {
      expect(known).toContain(from);
      known.add(name);
    }
  });

  test("has the three targets, and the one without a GPU is what one gets unasked", () => {
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(["vaapi", "nvidia", "cpu"]));
    expect(stages.at(-1)?.name).toBe("cpu");
  });

  test("leaves every target as the user of its own", () => {
    const lastUser = (stage: string) =>
      [
        ...(dockerfile.split(/^FROM /m).find((text) => text.includes(` AS ${stage}\n`)) ?? "").matchAll(
          /^USER (\S+)$/gm,
        ),
      ]
        .map((match) => match[1])
        .at(-1);
    expect(lastUser("host")).toBe("10001:10001");
    for (const target of ["cpu", "nvidia", "vaapi"]) {
      expect(stages).toContainEqual({ from: "host", name: target });
      expect(lastUser(target) ?? "10001:10001").toBe("10001:10001");
    }
  });

  test("uses the pnpm, Node and Rust that the checkout itself uses", () => {
    const { packageManager, devDependencies } = z
      .object({ packageManager: z.string(), devDependencies: z.object({ node: z.string() }) })
      .parse(JSON.parse(read("package.json")));
    expect(dockerfile).toContain(` ${packageManager}\n`);
    expect(bases.get("NODE_IMAGE")).toContain(`/node:${devDependencies.node.replace("^", "")}-`);
    const rust = /^rust-version = "(.+)"$/m.exec(read("native/Cargo.toml"))?.[1];
    expect(bases.get("RUST_IMAGE")).toContain(`/rust:${rust}-`);
  });

  test("takes each binary by version and by one hash for each kind of processor", () => {
    const pins = read("infra/docker/ffmpeg-requirements.txt")
      .replace(/^#.*\n/gm, "")
      .replaceAll("\\\n", "")
      .trim();
    for (const pin of pins.split("\n")) expect(pin).toMatch(/^[a-z-]+==[\d.]+( +--hash=sha256:[0-9a-f]{64}){2}$/);
    expect(dockerfile).toContain("--require-hashes");
  });
});

const seconds = z
  .string()
  .regex(/^\d+s$/)
  .transform((text) => Number.parseInt(text, 10));
const Service = z.object({
  profiles: z.array(z.string()).length(1),
  image: z.string(),
  restart: z.literal("unless-stopped"),
  stop_grace_period: seconds,
  environment: z.record(z.string(), z.union([z.string(), z.number()])),
  secrets: z.tuple([z.literal("registration-token")]),
  read_only: z.literal(true),
  tmpfs: z.array(z.string().regex(/^\/tmp:.*size=\d+m.*noexec/)).length(1),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  mem_limit: z.string(),
  pids_limit: z.int().positive(),
  ulimits: z.object({ nofile: z.int(), core: z.literal(0) }),
  logging: z.object({
    driver: z.literal("json-file"),
    options: z.object({ "max-size": z.string(), "max-file": z.string() }),
  }),
  volumes: z.array(z.string().endsWith(":/var/lib/reelway")).length(1),
});
const Compose = z.object({
  services: z.record(z.enum(["cpu", "nvidia", "vaapi"]), Service),
  secrets: z.object({ "registration-token": z.object({ file: z.string() }) }),
  volumes: z.record(z.string(), z.null()),
});

describe("docker-compose.runner.yml", () => {
  const { services, volumes } = Compose.parse(parse(read("docker-compose.runner.yml"), { merge: true }));

  test.each(Object.entries(services))(
    "%s has its own profile, image and volume, and time to drain",
    (name, service) => {
      expect(service.profiles).toEqual([name]);
      expect(service.image).toMatch(new RegExp(`:${name}$`));
      expect(Object.keys(volumes)).toContain(service.volumes[0]?.split(":")[0]);
      expect(service.volumes).toEqual([`${name}:/var/lib/reelway`]);
      expect(service.stop_grace_period).toBeGreaterThan(Number(service.environment.DRAIN_GRACE) + handBackSeconds);
    },
  );

  test("sets only what a runner knows, and no secret but by a file", () => {
    const names = Object.keys(services.cpu.environment);
    expect(names.filter((name) => !documented.has(name))).toEqual([]);
    expect(names).not.toContain("REELWAY_REGISTRATION_TOKEN");
    expect(names).not.toContain("OTEL_EXPORTER_OTLP_HEADERS");
  });

  test("is set by the example's variables", () => {
    const used = new Set([...read("docker-compose.runner.yml").matchAll(/\$\{(\w+)/g)].map((match) => match[1]));
    const given = [...read("infra/docker/runner.env.example").matchAll(/^#?([A-Z_]+)=/gm)].map((match) => match[1]);
    expect(given.length).toBeGreaterThan(3);
    expect(given.filter((name) => !used.has(name))).toEqual([]);
  });
});

test("the systemd unit gives a drain its time, does not repeat wrong settings, and keeps its protections", () => {
  const lines = read("infra/systemd/reelway-runner.service").split("\n");
  const setting = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  const drainGrace = Number(/ DRAIN_GRACE=(\d+)/.exec(lines.join(" "))?.[1]);
  expect(Number(setting("TimeoutStopSec"))).toBeGreaterThan(drainGrace + handBackSeconds);
  expect(Object.fromEntries(["KillMode", "RestartPreventExitStatus"].map((name) => [name, setting(name)]))).toEqual({
    KillMode: "mixed",
    RestartPreventExitStatus: "2",
  });
  expect(lines).toEqual(
    expect.arrayContaining([
      ...["User=reelway", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes"],
      ...[
        "PrivateTmp=yes",
        "RestrictSUIDSGID=yes",
        "SystemCallFilter=@system-service @mount sethostname",
        "DevicePolicy=closed",
      ],
    ]),
  );
});

test("the launchd job gives a drain its time, and runs as nobody else", () => {
  const plist = read("infra/launchd/com.reelway.runner.plist");
  const setting = (key: string) => new RegExp(`<key>${key}</key>\\s*<\\w+>([^<]*)<`).exec(plist)?.[1];
  expect(Number(setting("ExitTimeOut"))).toBeGreaterThan(Number(setting("DRAIN_GRACE")) + handBackSeconds);
  expect(setting("UserName")).toBe("_reelway");
  expect(
    [...plist.matchAll(/<key>([A-Z_]{5,})<\/key>/g)].map((match) => match[1]).filter((name) => !documented.has(name)),
  ).toEqual([]);
});

test("docs/runners.md tells of every target", () => {
  for (const target of ["cpu", "nvidia", "vaapi"]) expect(read("docs/runners.md")).toContain(`| \`${target}\` |`);
});

test("the systemd unit does without what keeps a sandbox from being made", () => {
  const unit = read("infra/systemd/reelway-runner.service");
  for (const setting of [
    "RestrictNamespaces",
    "ProtectHostname",
    "ProtectKernelTunables",
    "ProtectKernelLogs",
    "ProtectControlGroups",
  ])
    expect(unit).not.toMatch(new RegExp(`^${setting}=(?!no)`, "m"));
  expect(unit).toMatch(/^SystemCallFilter=.*\bseccomp\b.*\blandlock_restrict_self\b/m);
});
