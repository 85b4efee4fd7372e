import { execa } from "execa";
import type { DeviceFamily } from "../ffmpeg/arguments/devices/family.ts";
import { childEnvironment } from "../ffmpeg/child-process.ts";
import { type ComponentHelp, parseHelp } from "../ffmpeg/help.ts";
import { type Component, type Vocabulary, vocabularyOf } from "../ffmpeg/vocabulary.ts";

/** Filters that recipes use besides those that their names tell. */
const moving = ["hwupload", "hwmap"];

/** Every encoder and filter that a family's arguments may name. */
function componentsOf({ encoders, filters }: DeviceFamily): Component[] {
  const names = Object.values(filters)
    .flat()
    .flatMap(({ needs }) => needs.map((need) => need.split(".")[0] ?? need));
  return [
    ...encoders.map(({ name }) => `encoder=${name}` as const),
    ...[...new Set([...moving, ...names])].map((name) => `filter=${name}` as const),
  ];
}

/** Asks ffmpeg for the words of all that these families use. No device is needed for that. */
export async function readVocabulary(ffmpegPath: string, families: readonly DeviceFamily[]): Promise<Vocabulary> {
  const help = new Map<Component, ComponentHelp>();
  for (const component of new Set(families.flatMap(componentsOf))) {
    const answer = await execa(ffmpegPath, ["-hide_banner", "-h", component], {
      ...{ reject: false, stdin: "ignore", timeout: 30_000, env: childEnvironment(), extendEnv: false },
    });
    const parsed = parseHelp(answer.stdout);
    if (parsed !== null) help.set(component, parsed);
  }
  return vocabularyOf(help);
}
