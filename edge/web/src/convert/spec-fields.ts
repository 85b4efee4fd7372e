import { StreamCodec } from "@reelway/shared/contracts/stream-spec";
import { AudioCodec, Container, containerCodecs, VideoCodec } from "@reelway/shared/contracts/transcode-spec";
import { codecName } from "../parts/codec-name.ts";
import type { Choice } from "../parts/select.tsx";
import { type Draft, type Path, valueAt } from "./draft.ts";

/** One field of the editor. Whatever has none here is in the JSON. */
export interface SpecField {
  readonly path: Path;
  readonly label: string;
  readonly hint?: string;
  readonly control:
    | { readonly kind: "number"; readonly unit?: string; readonly placeholder: string }
    | { readonly kind: "choice"; readonly choices: readonly Choice<string>[]; readonly numeric?: boolean }
    | { readonly kind: "switch"; readonly on: unknown; readonly off: unknown };
}

export interface SpecGroup {
  readonly title: string;
  /** What is left out altogether where the group is turned off, and what it begins with. */
  readonly optional?: { readonly path: Path; readonly begin: Draft };
  readonly fields: readonly SpecField[];
}

const choicesOf = (values: readonly string[]): Choice<string>[] =>
  values.map((value) => ({ value, label: value === "copy" ? "Copy, as it is" : codecName(value) }));
const orDefault = (label: string, choices: readonly Choice<string>[]) => [{ value: "", label }, ...choices];

const number = (path: Path, label: string, placeholder: string, unit?: string): SpecField => ({
  path,
  label,
  control: { kind: "number", placeholder, ...(unit === undefined ? {} : { unit }) },
});
const choice = (path: Path, label: string, choices: readonly Choice<string>[], numeric = false): SpecField => ({
  path,
  label,
  control: { kind: "choice", choices, numeric },
});

const speed = choice(
  ["video", "speed"],
  "Effort",
  orDefault("Balanced", [
    { value: "fast", label: "Fast" },
    { value: "thorough", label: "Thorough" },
  ]),
);

export function groupsOf(draft: Draft): readonly SpecGroup[] {
  if (draft.kind === "transcode") return transcodeGroups(draft);
  return draft.kind === "stream" ? streamGroups : [];
}

/** The units of its fields, by dotted path. */
export function unitsOf(draft: Draft): ReadonlyMap<string, string> {
  const fields = groupsOf(draft).flatMap((group) => group.fields);
  return new Map(
    fields.flatMap(({ path, control }) =>
      control.kind === "number" && control.unit !== undefined ? [[path.join("."), control.unit]] : [],
    ),
  );
}

function transcodeGroups(draft: Draft): SpecGroup[] {
  const container = Container.safeParse(draft.container).data ?? "mp4";
  const codecs = containerCodecs[container];
  const picture: SpecGroup = {
    title: "Picture",
    optional: { path: ["video"], begin: { codec: codecs.video[0] ?? VideoCodec.enum.h264 } },
    fields: [choice(["video", "codec"], "Codec", choicesOf([...codecs.video, "copy"])), ...pictureDetails(draft)],
  };
  const sound: SpecGroup = {
    title: "Sound",
    optional: { path: ["audio"], begin: { codec: codecs.audio[0] ?? AudioCodec.enum.aac } },
    fields: [choice(["audio", "codec"], "Codec", choicesOf([...codecs.audio, "copy"])), ...soundDetails(draft)],
  };
  return [
    {
      title: "File",
      fields: [
        choice(
          ["container"],
          "Container",
          Container.options.map((value) => ({ value, label: value.toUpperCase() })),
        ),
        number(["trim", "startSeconds"], "From", "the start", "s"),
        number(["trim", "endSeconds"], "To", "the end", "s"),
      ],
    },
    ...(codecs.video.length > 0 ? [picture] : []),
    ...(codecs.audio.length > 0 ? [sound] : []),
  ];
}

function pictureDetails(draft: Draft): SpecField[] {
  if (valueAt(draft, ["video", "codec"]) === "copy") return [];
  return [
    number(["video", "width"], "Width", "as the source", "px"),
    number(["video", "height"], "Height", "as the source", "px"),
    number(["video", "fps"], "Frame rate", "as the source", "fps"),
    number(["video", "quality"], "Quality, 0 to 100", "by codec"),
    number(["video", "bitrateKbps"], "Or bitrate", "by quality", "kbit/s"),
    speed,
  ];
}

function soundDetails(draft: Draft): SpecField[] {
  if (valueAt(draft, ["audio", "codec"]) === "copy") return [];
  const channels = [
    { value: "1", label: "Mono" },
    { value: "2", label: "Stereo" },
    { value: "6", label: "5.1" },
  ];
  return [
    number(["audio", "bitrateKbps"], "Bitrate", "default", "kbit/s"),
    choice(["audio", "channels"], "Channels", orDefault("As the source", channels), true),
  ];
}

const streamGroups: readonly SpecGroup[] = [
  {
    title: "Picture",
    fields: [
      choice(["video", "codec"], "Codec", choicesOf(StreamCodec.options)),
      choice(
        ["video", "shortSideMax"],
        "Largest size",
        orDefault(
          "As the source",
          [480, 720, 1080, 1440, 2160].map((side) => ({ value: String(side), label: `${side}p` })),
        ),
        true,
      ),
      number(["video", "quality"], "Quality, 0 to 100", "by codec"),
      speed,
    ],
  },
  {
    title: "Sound",
    fields: [
      choice(["audio", "codec"], "Codec", choicesOf(["aac", "opus"])),
      number(["audio", "bitrateKbps"], "Bitrate", "default", "kbit/s"),
      {
        path: ["audio", "loudness"],
        label: "Even loudness",
        hint: "EBU R128, -23 LUFS",
        control: { kind: "switch", on: true, off: undefined },
      },
    ],
  },
  {
    title: "Made of it",
    fields: [
      number(["segmentSeconds"], "Segments of", "4", "s"),
      number(["chunkSeconds"], "Chunks of about", "24", "s"),
      { path: ["thumbnails"], label: "Poster and storyboard", control: { kind: "switch", on: true, off: false } },
      { path: ["downloads"], label: "An MP4 of each size too", control: { kind: "switch", on: "all", off: undefined } },
      {
        path: ["qualityReport"],
        label: "Measure the quality",
        hint: "SSIM, PSNR, and VMAF where runners have it",
        control: { kind: "switch", on: true, off: undefined },
      },
    ],
  },
];
