import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";

const columns = 92;
const rows = 7;
const { resolve } = createRequire(import.meta.url);

/** A command that runs at a terminal, and what it has written there so far. */
export class Recording {
  readonly #typed: string;
  #written = "";
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number>;

  /** `words` are run in `directory`; they must need no quotes. */
  constructor(words: readonly string[], directory: string, env: Readonly<Record<string, string>>) {
    const command = words.join(" ");
    this.#typed = `\u001b[32m$\u001b[0m ${command}\r\n`;
    const child = spawn("script", ["-qefc", `stty cols ${columns} rows ${rows}; exec ${command}`, "/dev/null"], {
      cwd: directory,
      env: { ...process.env, TERM: "xterm-256color", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#written += text;
    });
    this.ended = new Promise((done, failed) => {
      child.once("error", failed);
      child.once("close", (code) => done(code ?? 1));
    });
  }

  /** A picture of the terminal as it is now. */
  async photograph(browser: Browser, path: string): Promise<void> {
    const page = await browser.newPage({ viewport: { width: 900, height: 320 }, deviceScaleFactor: 2 });
    try {
      await page.setContent(
        '<body style="margin:0"><div style="display:inline-block;padding:20px;background:#101415">',
      );
      await page.addStyleTag({ path: resolve("@xterm/xterm/css/xterm.css") });
      await page.addScriptTag({ path: resolve("@xterm/xterm") });
      const theme = { background: "#101415", foreground: "#e3e8e9", cyan: "#5ccfe6", green: "#7fd88f" };
      const options = { columns, rows, theme, text: this.#typed + this.#written };
      await page.evaluate(`new Promise((drawn) => {
        const { columns, rows, theme, text } = ${JSON.stringify(options)};
        const terminal = new Terminal({ cols: columns, rows, theme, scrollback: 0, fontFamily: "DejaVu Sans Mono, monospace", fontSize: 14, allowProposedApi: true });
        terminal.open(document.querySelector("div"));
        terminal.write(text, () => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      })`);
      await page.locator("div").first().screenshot({ path });
    } finally {
      await page.close();
    }
  }
}
