import type { ComponentChildren } from "preact";
import "./empty.css";
import { Icon, type IconName } from "./icon.tsx";

/** Nothing here yet, and what to do about it. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-mark">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <div class="empty-next">{children}</div>
    </div>
  );
}
