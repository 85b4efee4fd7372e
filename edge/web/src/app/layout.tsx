import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { DropAnywhere } from "../convert/drop-anywhere.tsx";
import { Who } from "../session/who.tsx";
import { ThemeSwitch } from "../theme/theme-switch.tsx";
import "./layout.css";
import { Rail } from "./rail.tsx";
import { Shortcuts } from "./shortcuts.tsx";

/** What every page stands in. */
export function Layout({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const [place] = useLocation();
  const first = useRef(true);
  // A reader hears the new page, and Tab goes on from its start.
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [place]);
  return (
    <div class="layout">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="layout-side">
        <Link href="/" class="brand">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          Reelway
        </Link>
        <Rail />
        <div class="layout-foot">
          <Who />
          <div class="line layout-tools">
            <ThemeSwitch />
            <Shortcuts />
          </div>
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1}>
        {children}
      </main>
      <DropAnywhere />
    </div>
  );
}
