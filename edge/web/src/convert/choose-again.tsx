import { useRef } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { tellFailure } from "../parts/toast.tsx";
import type { Item } from "../upload/item.ts";
import { goOnWith } from "../upload/uploads.ts";

/** Where Chromium lets a page ask to read a kept file again. */
interface AskablePermission {
  requestPermission?(options: { mode: "read" }): Promise<PermissionState>;
}

/** Gets at an interrupted upload's file again: by its handle where there is one, else by asking for it. */
export function ChooseAgain({ item }: { item: Item }) {
  const input = useRef<HTMLInputElement>(null);
  const source = item.source.value;
  if (source.kind !== "kept") return null;
  const { handle } = source.kept;
  const reopen = async (kept: FileSystemFileHandle & AskablePermission) => {
    if ((await kept.requestPermission?.({ mode: "read" })) === "denied") return input.current?.click();
    goOnWith(item, { file: await kept.getFile(), handle: kept });
  };
  const again = () => {
    if (handle === undefined) input.current?.click();
    else reopen(handle).catch((error: unknown) => tellFailure(`${item.name} could not be opened`, error));
  };
  return (
    <>
      <Button icon={handle === undefined ? undefined : "play"} small onClick={again}>
        {handle === undefined ? "Choose it again" : "Resume"}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={`The file ${item.name}`}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) goOnWith(item, { file });
          currentTarget.value = "";
        }}
      />
    </>
  );
}
