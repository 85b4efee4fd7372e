import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import type { Paged } from "./paged.ts";
import "./pager.css";

/** The way between the pages of a list; nothing for a list of one page. */
export function Pager({ page, newer, older }: Pick<Paged<unknown>, "page" | "newer" | "older">) {
  if (!newer && !older) return null;
  return (
    <nav class="pages" aria-label="Pages">
      <Button icon="left" small disabled={!newer} onClick={newer}>
        Newer
      </Button>
      <span class="small soft">Page {page}</span>
      <Button small disabled={!older} onClick={older}>
        Older
        <Icon name="right" />
      </Button>
    </nav>
  );
}
