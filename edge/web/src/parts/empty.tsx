import type { ComponentChildren } from "preact";
import "./empty.css";
import type { IconName } from "./icon.tsx";
import { Mark } from "./mark.tsx";

/** Nothing here yet, and what to do about it. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <Mark icon={icon} />
      <h2>{title}</h2>
      <div class="empty-next">{children}</div>
    </div>
  );
}
