import { useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import "./rooms.css";

export interface RoomTab {
  readonly to: string;
  readonly label: string;
  /** The first room of a page stands at the page's own address: it is not where its neighbours are. */
  readonly exact?: boolean;
  /** Pages below this address belong to the room, too. */
  readonly also?: string;
  /** Goes along to this room: `?tenant=…`. */
  readonly search?: string;
}

interface RoomTabsProps {
  /** What the page is called. */
  label: string;
  tabs: readonly RoomTab[];
}

/** The rooms of a page beside this one. */
export function RoomTabs({ label, tabs }: RoomTabsProps) {
  const [place] = useLocation();
  const nav = useRef<HTMLElement>(null);
  const [hidden, setHidden] = useState({ left: false, right: false });
  // On a phone the row is wider than the screen.
  const look = ({ scrollLeft, scrollWidth, clientWidth }: HTMLElement) =>
    setHidden({ left: scrollLeft > 1, right: scrollLeft + clientWidth < scrollWidth - 1 });
  useEffect(() => {
    const row = nav.current;
    if (row === null) return;
    const observer = new ResizeObserver(() => {
      const current = row.querySelector<HTMLElement>("[aria-current]");
      if (current) row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
      look(row);
    });
    observer.observe(row);
    return () => observer.disconnect();
  }, [place]);
  const isHere = ({ to, exact, also }: RoomTab) =>
    place === to || (!exact && place.startsWith(`${to}/`)) || (also !== undefined && place.startsWith(`${also}/`));
  return (
    <nav
      ref={nav}
      class={`tabs ${hidden.left ? "more-left" : ""} ${hidden.right ? "more-right" : ""}`}
      aria-label={label}
      onScroll={({ currentTarget }) => look(currentTarget)}
    >
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          href={tab.to + (tab.search ?? "")}
          class="tab"
          aria-current={isHere(tab) ? "page" : undefined}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
