import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import "./rooms.css";

export interface RoomTab {
  readonly to: string;
  readonly label: string;
  /** The first room of a page stands at the page's own address: it is not where its neighbours are. */
  readonly exact?: boolean;
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
  // On a phone the row is wider than the screen.
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [place]);
  const isHere = ({ to, exact }: RoomTab) => place === to || (!exact && place.startsWith(`${to}/`));
  return (
    <nav ref={nav} class="tabs" aria-label={label}>
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
