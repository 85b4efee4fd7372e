import { Link, useLocation } from "wouter-preact";
import { Icon } from "../parts/icon.tsx";
import { useMay } from "../session/session.ts";
import "./rail.css";
import { isDeadLetters, railEntries } from "./rail-entries.ts";

/** The way between the rooms: at the left, or at the bottom of a phone. */
export function Rail() {
  const [place] = useLocation();
  const may = useMay();
  const isHere = (to: string) => {
    if (to === "/jobs" && !may("runners:read") && isDeadLetters(place)) return true;
    return to === "/" ? place === "/" : place === to || place.startsWith(`${to}/`);
  };
  return (
    <nav class="rail" aria-label="Main">
      {railEntries
        .filter(({ needs }) => needs.some(may))
        .map(({ to, label, icon }) => (
          <Link key={to} href={to} class="rail-entry" aria-current={isHere(to) ? "page" : undefined}>
            <Icon name={icon} />
            {label}
          </Link>
        ))}
    </nav>
  );
}
