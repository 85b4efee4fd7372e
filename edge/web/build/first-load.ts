import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Says how much script a first visit loads, compressed, and refuses a build that is heavier than it may be. */
export function firstLoad({ maxBytes }: { maxBytes: number }): Plugin {
  return {
    name: "reelway-first-load",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
      const loaded = new Set<string>();
      const load = (name: string) => {
        if (loaded.has(name)) return;
        loaded.add(name);
        for (const imported of byName.get(name)?.imports ?? []) load(imported);
      };
      for (const chunk of chunks) if (chunk.isEntry) load(chunk.fileName);
      const bytes = [...loaded].reduce((sum, name) => sum + gzipSync(byName.get(name)?.code ?? "").length, 0);
      const said = `first load: ${(bytes / 1000).toFixed(1)} kB of compressed script, of ${maxBytes / 1000} kB`;
      if (bytes > maxBytes) this.error(said);
      this.info(said);
    },
  };
}
