import type { ComponentChildren } from "preact";

/** A name and what it is, in a list of such (`<dl>`). */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
