import type { ComponentChildren, JSX } from "preact";
import { Link } from "wouter-preact";
import "./button.css";
import { Icon, type IconName } from "./icon.tsx";

interface Look {
  kind?: "primary" | "plain" | "quiet" | "danger";
  small?: boolean;
  icon?: IconName | undefined;
  /** Of a button that shows an icon alone. */
  label?: string | undefined;
  children?: ComponentChildren;
}

type ButtonProps = Look & {
  onClick?: ((event: JSX.TargetedMouseEvent<HTMLButtonElement>) => void) | undefined;
  type?: "button" | "submit";
  /** The form that it sends, where it stands outside of it. */
  form?: string;
  disabled?: boolean | undefined;
  /** Why it can't be pressed. */
  why?: string | undefined;
  /** Its work is under way: it can't be pressed again, says so, and keeps the focus. */
  busy?: boolean;
};

export function Button({ onClick, type = "button", form, disabled = false, why, busy = false, ...look }: ButtonProps) {
  return (
    <button
      type={type}
      form={form}
      class={classOf(look)}
      disabled={disabled}
      aria-disabled={busy}
      aria-busy={busy}
      aria-label={look.label}
      title={why ?? look.label}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      <Inside {...look} />
    </button>
  );
}

/** A link within the page that looks like a button. */
export function LinkButton({ to, ...look }: Look & { to: string }) {
  return (
    <Link href={to} class={classOf(look)} aria-label={look.label} title={look.label}>
      <Inside {...look} />
    </Link>
  );
}

/** A link that leaves the page: a download, as a rule. */
export function AwayButton({ href, download, ...look }: Look & { href: string; download?: string | boolean }) {
  return (
    <a href={href} download={download} class={classOf(look)} aria-label={look.label} title={look.label}>
      <Inside {...look} />
    </a>
  );
}

function Inside({ icon, children }: Look) {
  return (
    <>
      {icon === undefined ? null : <Icon name={icon} />}
      {children === undefined ? null : <span>{children}</span>}
    </>
  );
}

function classOf({ kind = "plain", small = false, children }: Look): string {
  return `button ${kind}${small ? " small-button" : ""}${children === undefined ? " icon-button" : ""}`;
}
