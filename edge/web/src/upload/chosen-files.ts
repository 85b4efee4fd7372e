import type { ChosenFile } from "./uploads.ts";

/** What Chromium's pickers and drops give besides the file: the right to open it again after a reload. */
interface HandlesOfDrop {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}
interface PickerOfFiles {
  showOpenFilePicker?(options: { multiple: boolean }): Promise<FileSystemFileHandle[]>;
}

/** The files of a drop; folders are left out. To be called while the event is handled. */
export async function filesOfDrop(transfer: DataTransfer): Promise<ChosenFile[]> {
  const dropped = [...transfer.items]
    .filter(({ kind }) => kind === "file")
    .map((item: DataTransferItem & HandlesOfDrop) => ({
      file: item.getAsFile(),
      isFolder: item.webkitGetAsEntry()?.isDirectory ?? false,
      handle: item.getAsFileSystemHandle?.().catch(() => null),
    }));
  const files = dropped.map(async ({ file, isFolder, handle }) => {
    if (file === null || isFolder) return [];
    const found = await handle;
    return [{ file, handle: found instanceof FileSystemFileHandle ? found : undefined }];
  });
  return (await Promise.all(files)).flat();
}

/** The browser's own picker, with handles where it gives them; null where it has no such picker. */
export async function pickWithHandles(): Promise<ChosenFile[] | null> {
  const { showOpenFilePicker }: Window & PickerOfFiles = window;
  if (showOpenFilePicker === undefined) return null;
  try {
    const handles = await showOpenFilePicker.call(window, { multiple: true });
    return await Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
  } catch (error) {
    // Closed without a choice.
    if (error instanceof DOMException && error.name === "AbortError") return [];
    return null;
  }
}
