import { expect, test } from "vitest";
import { fileTypes, typeOfFile, withoutParameters } from "../../edge/src/storage/file-types.ts";
import { containers } from "../../runner/src/ffmpeg/arguments/container.ts";
import { stillFiles } from "../../runner/src/ffmpeg/arguments/stills.ts";

const made = [...Object.values(containers), ...Object.values(stillFiles)].map(({ extension, contentType }) => ({
  extension,
  contentType,
}));

test.each(made)(
  "a $extension file is served as what its runner says it is: $contentType",
  ({ extension, contentType }) => {
    expect(withoutParameters(typeOfFile(`video.${extension}`))).toBe(contentType);
    expect(fileTypes).toContain(contentType);
  },
);
