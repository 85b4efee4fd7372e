import { Icon, type IconName } from "./icon.tsx";
import "./mark.css";

/** A picture in a circle, above words that say what is to be done. */
export function Mark({ icon }: { icon: IconName }) {
  return (
    <span class="mark">
      <Icon name={icon} />
    </span>
  );
}
