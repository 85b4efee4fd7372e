import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { families } from "../../../src/ffmpeg/arguments/devices/families.ts";
import type { DeviceFamily, Recipe, StepWishes } from "../../../src/ffmpeg/arguments/devices/family.ts";
import { filterText, isKnown, knownOptions, optionName } from "../../../src/ffmpeg/arguments/devices/known.ts";
import type { Component } from "../../../src/ffmpeg/vocabulary.ts";
import { readVocabulary } from "../../../src/hardware/device-help.ts";
import { ffmpegPath, tools } from "../../media-tools.ts";
import { intentsOf } from "./intents.ts";
import { videoToolboxWords } from "./videotoolbox-words.ts";

/** Of the ffmpeg under test: the suite runs on the oldest and on the newest one that is supported. */
const vocabulary = await readVocabulary(ffmpegPath, Object.values(families));
/** What ffmpeg itself, every codec and every filter take: no single encoder's own options are among that. */
const general = (await ask("full"))
  .split(/\n(?=\S.* AVOptions:\n)/)
  .filter((section, place) => place === 0 || /^(AVCodecContext|AVFilter) AVOptions:/.test(section))
  .join("\n");

async function ask(topic: string): Promise<string> {
  const { stdout } = await execa(ffmpegPath, ["-hide_banner", "-h", topic], { stdin: "ignore" });
  return stdout;
}

const encoders = Object.values(families).flatMap((family) =>
  family.encoders
    .filter(({ name }) => tools.knows("encoder", name))
    .map((encoder) => [encoder.name, family, encoder] as const),
);

describe.each(encoders)("%s of this ffmpeg", (name, family, encoder) => {
  const said = encoder.variants.flatMap((variant) =>
    intentsOf(encoder).map(([, intent]) => knownOptions(name, encoder.options(intent, variant), vocabulary)),
  );

  it("is told no option that its help does not list, nor a word that an option does not take", async () => {
    const help = await ask(`encoder=${name}`);
    for (const args of said)
      for (let at = 0; at < args.length; at += 2) {
        const [option, value = ""] = [optionName(args[at] ?? ""), args[at + 1]];
        const own = new RegExp(`^  -${option} +<\\w+>[^\\n]*\\n((?:     .*\\n)*)`, "m").exec(help);
        if (own === null)
          expect(general, `${option} of ${name}`).toMatch(new RegExp(`^ *-${option}(:\\S+)?[ <\\[]`, "m"));
        else if (own[1] !== "" && !/^-?\d+$/.test(value))
          expect(own[1], `${option} ${value} of ${name}`).toMatch(
            new RegExp(`^     ${value.replace(".", "\\.")} `, "m"),
          );
      }
  });

  it("takes what it is told when it is run: the card is what it misses", async () => {
    // Encoders that take pictures from the card alone are not asked before there is one.
    if (family.name === "vaapi" || family.name === "vulkan") return;
    for (const args of new Set(said.map((words) => words.join("\n")))) {
      const { stderr } = await execa(
        ffmpegPath,
        [
          ...["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=0.2"],
          ...[
            "-vf",
            `format=${family.decoded[args.includes("main10") ? 10 : 8]}`,
            "-c:v",
            name,
            ...args.split("\n"),
            "-f",
            "null",
            "-",
          ],
        ],
        { reject: false, stdin: "ignore" },
      );
      expect(stderr).not.toMatch(wrongWords);
      expect(stderr).not.toBe("");
    }
  });

  it("is asked for all that makes parts fit each other", () => {
    const chunks = said.filter((words) => words.includes("-force_key_frames"));
    expect(chunks).toHaveLength(encoder.variants.length * encoder.depths.length);
    const closing = {
      nvidia: "-forced-idr",
      qsv: "-forced_idr",
      vaapi: "-idr_interval",
      amf: "-forced_idr",
      videotoolbox: "-g",
      vulkan: "-idr_interval",
    };
    for (const chunk of chunks) {
      expect(chunk).toContain("-maxrate");
      expect(chunk).toContain(closing[family.name]);
      if (encoder.profile(8) !== null) expect(chunk).toContain("-profile:v");
    }
  });
});

/** How ffmpeg refuses a word. */
const wrongWords =
  /Unrecognized option|Option not found|Option '?\w+'? not found|Undefined constant|Unable to parse|Error setting option|Error applying|Invalid argument for option|No such filter|has not been used/;

const wishes: StepWishes = {
  scale: { size: { width: 320, height: 180 }, format: "nv12", untold: ["colorspace"] },
  pad: { size: { width: 640, height: 640 }, untold: ["color_primaries"] },
  turn: { turn: 270, untold: ["color_trc"] },
  deinterlace: {},
  toneMap: { format: "nv12" },
  overlay: {},
};

function recipesOf({ filters }: DeviceFamily) {
  const one = <Name extends keyof StepWishes>(name: Name) =>
    (filters[name] satisfies readonly Recipe<StepWishes[Name]>[]).map((recipe) => ({
      name: `${name} by ${recipe.name}`,
      isKnown: isKnown(recipe, vocabulary),
      filters: filterText(recipe.write(wishes[name]), vocabulary),
      inputs: name === "overlay" ? 2 : 1,
    }));
  return [...one("scale"), ...one("pad"), ...one("turn"), ...one("deinterlace"), ...one("toneMap"), ...one("overlay")];
}

const recipes = Object.values(families).flatMap((family) =>
  recipesOf(family).flatMap((recipe) =>
    recipe.isKnown ? [[`${family.name}: ${recipe.name}`, family, recipe] as const] : [],
  ),
);

describe.each(recipes)("%s", (_, family, { filters, inputs }) => {
  it("uses no filter and no option that this ffmpeg does not list", async () => {
    for (const text of filters) {
      const [, name = "", options = ""] = /^(\w+)(?:=(.*))?$/.exec(text) ?? [];
      const help = await ask(`filter=${name}`);
      expect(help).toContain(`Filter ${name}`);
      for (const pair of options.split(":").filter((word) => word !== ""))
        expect(help + general, `${pair} of ${name}`).toMatch(new RegExp(`^   ${pair.split("=")[0]} +<`, "m"));
    }
  });

  it("is understood when it is run: the device is what it misses", async () => {
    const upload = filterText(family.upload, vocabulary);
    const chain = [...upload, ...filters].join(",");
    const graph =
      inputs === 1
        ? `[0:v]${chain}[v]`
        : `[0:v]split[a][b];[a]${upload}[m];[b]${upload}[n];[m][n]${filters.join(",")}[v]`;
    const { stderr } = await execa(
      ffmpegPath,
      [
        ...["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=0.2"],
        ...["-filter_complex", graph, "-map", "[v]", "-f", "null", "-"],
      ],
      { reject: false, stdin: "ignore" },
    );
    expect(stderr).not.toMatch(wrongWords);
    expect(stderr).toMatch(/device|hw_frames|hardware/i);
  });
});

describe("words that there are only on a Mac", () => {
  it.each(families.videotoolbox.encoders.map((encoder) => [encoder.name, encoder] as const))("%s", (name, encoder) => {
    for (const variant of encoder.variants)
      for (const [, intent] of intentsOf(encoder))
        for (const [flag] of encoder.options(intent, variant)) {
          const option = optionName(flag);
          if (!videoToolboxWords[name]?.includes(option))
            expect(general, option).toMatch(new RegExp(`^ *-${option}(:\\S+)?[ <\\[]`, "m"));
        }
  });
});

describe("the vocabulary", () => {
  it("knows no component that this ffmpeg has not", () => {
    const unknown: Component[] = ["encoder=h264_nothing", "filter=scale_nothing"];
    for (const component of unknown) {
      expect(vocabulary.has(component)).toBe(false);
      expect(vocabulary.takes(component, "b")).toBe(false);
    }
  });

  it("tells options and their words apart", () => {
    expect(vocabulary.takes("encoder=h264_nvenc", "preset", "p4")).toBe(true);
    expect(vocabulary.takes("encoder=h264_nvenc", "preset", "p9")).toBe(false);
    expect(vocabulary.takes("encoder=h264_nvenc", "presett")).toBe(false);
    expect(vocabulary.takes("filter=scale_cuda", "interp_algo", "bicubic")).toBe(true);
    expect(vocabulary.takes("filter=scale_cuda", "interp_algo", "cubic")).toBe(false);
  });
});
