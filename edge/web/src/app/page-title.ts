import { useEffect } from "preact/hooks";

/** What the tab is called. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Reelway`;
  }, [title]);
}
