import type { Terminal } from "../output.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_LINE = "\r\u001b[2K";
const frameMs = 100;

/** The last line of a terminal, drawn again in place. On anything but a terminal it draws nothing. */
export class LiveLine {
  readonly enabled: boolean;
  readonly #terminal: Terminal;
  #render: ((columns: number, tick: number) => string) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #drawn = false;

  constructor(terminal: Terminal, enabled: boolean) {
    this.#terminal = terminal;
    this.enabled = enabled;
  }

  /** From now on this is the line; it is drawn ten times a second until `stop`. */
  show(render: (columns: number, tick: number) => string): void {
    this.#render = render;
    if (!this.enabled || this.#timer) return;
    this.#terminal.write(HIDE_CURSOR);
    this.#timer = setInterval(() => this.#draw(), frameMs);
    this.#timer.unref();
    this.#draw();
  }

  /** Wipes the line so that other text can be written; the next frame draws it again below. */
  clear(): void {
    if (!this.#drawn) return;
    this.#terminal.write(CLEAR_LINE);
    this.#drawn = false;
  }

  /** The line is gone and the cursor back. Safe to call at any time. */
  stop(): void {
    clearInterval(this.#timer);
    this.clear();
    if (this.#timer) this.#terminal.write(SHOW_CURSOR);
    this.#timer = undefined;
    this.#render = undefined;
  }

  #draw(): void {
    if (!this.#render) return;
    this.#terminal.write(CLEAR_LINE + this.#render(this.#terminal.columns ?? 80, this.#tick++));
    this.#drawn = true;
  }
}
