import { useEffect, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { useMay } from "../session/session.ts";
import { filesOfDrop } from "../upload/chosen-files.ts";
import { addFiles, items, recall } from "../upload/uploads.ts";
import "./drop-zone.css";

/** Takes files that are dropped on any page, brings back interrupted uploads, and warns before a running one is left. */
export function DropAnywhere() {
  const [over, setOver] = useState(false);
  const [, go] = useLocation();
  const canConvert = useMay()("jobs:write");
  useEffect(() => void recall(), []);
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => canConvert && (event.dataTransfer?.types.includes("Files") ?? false);
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!carriesFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      void filesOfDrop(event.dataTransfer).then((files) => {
        addFiles(files);
        if (files.length > 0) go("/");
      });
    };
    const onUnload = (event: BeforeUnloadEvent) => {
      if (items.value.some(({ standing }) => standing.value.kind === "uploading")) event.preventDefault();
    };
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    addEventListener("beforeunload", onUnload);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
      removeEventListener("beforeunload", onUnload);
    };
  }, [go, canConvert]);
  if (!over) return null;
  return (
    <div class="drop-veil">
      <p>Drop to add to the sources</p>
    </div>
  );
}
