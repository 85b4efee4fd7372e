import { useRef } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Mark } from "../parts/mark.tsx";
import { pickWithHandles } from "../upload/chosen-files.ts";
import { addFiles, items } from "../upload/uploads.ts";
import "./drop-zone.css";
import { UrlForm } from "./url-form.tsx";

/** Where files come from. A drop counts anywhere on the page: this is the place that says so. */
export function DropZone() {
  const input = useRef<HTMLInputElement>(null);
  const choose = async () => {
    const picked = await pickWithHandles();
    if (picked === null) input.current?.click();
    else addFiles(picked);
  };
  return (
    <div class={`drop-zone ${items.value.length > 0 ? "compact" : ""}`}>
      <Mark icon="film" />
      <div class="drop-text">
        <p>
          <strong class="by-pointer">Drop videos anywhere on this page</strong>
          <strong class="by-touch">Choose videos to convert</strong>
        </p>
        <p class="small soft">
          Any format that ffmpeg reads, one or many. An upload survives a lost connection and a reload.
        </p>
      </div>
      <Button icon="plus" onClick={() => void choose()}>
        Choose files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files"
        data-testid="files"
        onChange={({ currentTarget }) => {
          addFiles([...(currentTarget.files ?? [])].map((file) => ({ file })));
          currentTarget.value = "";
        }}
      />
      <UrlForm />
    </div>
  );
}
