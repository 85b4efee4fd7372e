const names: Readonly<Record<string, string>> = {
  "": "The whole job",
  plan: "Plan",
  audio: "Sound",
  thumbnails: "Thumbnails",
  subtitles: "Subtitles",
  encode: "Chunk",
  quality: "Quality of chunk",
  progressive: "Downloads",
  finish: "Finish",
};

/** `encode:12` is chunk 13 to people, who count from 1. */
export function partName(part: string): string {
  const [kind = "", number] = part.split(":");
  const name = names[kind] ?? kind;
  return number === undefined || !/^\d+$/.test(number) ? name : `${name} ${Number(number) + 1}`;
}

export function partKind(part: string): string {
  return part.split(":")[0] || "whole";
}
