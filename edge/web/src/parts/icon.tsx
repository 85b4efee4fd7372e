import "./icon.css";

/** Strokes on a grid of 16, drawn for this page. */
const paths = {
  convert: "M8 10.5V2.5M5 5.5l3-3 3 3M2.5 9.5v3a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-3",
  jobs: "M2.5 4h3M2.5 8h6M2.5 12h4M9 4h4.5M11.5 8h2M9.5 12h4",
  fleet: "M2.5 3.5h11v3.5h-11zM2.5 9h11v3.5h-11zM5 5.25h.01M5 10.75h.01",
  admin: "M8 2.5l4.5 1.8v3.4c0 2.8-1.9 4.9-4.5 5.8-2.6-.9-4.5-3-4.5-5.8V4.3z",
  book: "M3 3.5h4a1.5 1.5 0 0 1 1 .5 1.5 1.5 0 0 1 1-.5h4v9H9a1.5 1.5 0 0 0-1 .5 1.5 1.5 0 0 0-1-.5H3zM8 4v9",
  key: "M10.5 2.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8.300 7.700L2.500 13.500M4 12l1.500 1.500M6 10l1.500 1.500",
  bell: "M4 11.500V7a4 4 0 0 1 8 0v4.500l1 1H3zM6.800 14a1.300 1.300 0 0 0 2.400 0",
  person: "M8 2.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM3 13.500a5 5 0 0 1 10 0",
  leave: "M9.5 5V3.5a1 1 0 0 0-1-1h-5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h5a1 1 0 0 0 1-1V11M6.5 8h7M11.5 6l2 2-2 2",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  moon: "M13 9.6A5.4 5.4 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6z",
  system: "M2.5 3.5h11v7h-11zM6 13h4M8 10.5V13",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3.5 8.5l3 3 6-7",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
  download: "M8 2.5v8M5 7.5l3 3 3-3M2.5 13.5h11",
  play: "M5 3.5v9l7.5-4.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  repeat: "M12.5 6.5A5 5 0 0 0 3.5 5M3.5 2.5V5H6M3.5 9.5a5 5 0 0 0 9 1.5M12.5 13.5V11H10",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
  plus: "M8 3v10M3 8h10",
  film: "M2.5 3.5h11v9h-11zM5.5 3.5v9M10.5 3.5v9M2.5 8h11",
  link: "M6.5 9.5l3-3M7 4.5l1-1a3 3 0 0 1 4.5 4.5l-1 1M9 11.5l-1 1A3 3 0 0 1 3.5 8l1-1",
  alert: "M8 2.5l6 11H2zM8 6.500v3M8 11.500h.01",
  keyboard: "M1.5 4.500h13v7h-13zM4 7h.01M6.5 7h.01M9 7h.01M11.5 7h.01M5 9.500h6",
  sound: "M2.5 6v4h2.500l3.5 3V3L5 6zM11 6a3 3 0 0 1 0 4M12.8 4.200a5.5 5.5 0 0 1 0 7.6",
  mute: "M2.5 6v4h2.500l3.5 3V3L5 6zM11 6.500l3 3M14 6.500l-3 3",
  full: "M2.5 6V2.500H6M10 2.500h3.500V6M13.5 10v3.500H10M6 13.500H2.500V10",
  left: "M10 3.500L5.5 8l4.5 4.5",
  right: "M6 3.500L10.5 8 6 12.5",
  embed: "M5.5 4.500L2 8l3.5 3.500M10.5 4.500L14 8l-3.5 3.5",
} as const;

export type IconName = keyof typeof paths;

/** Says nothing by itself: whoever shows it has a name of its own. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
