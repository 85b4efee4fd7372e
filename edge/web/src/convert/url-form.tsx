import { SourceUrl } from "@reelway/shared/contracts/asset";
import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { addUrl } from "../upload/uploads.ts";

/** A source that a runner fetches by itself. */
export function UrlForm() {
  const [url, setUrl] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const add = () => {
    const wanted = url.trim();
    const parsed = SourceUrl.safeParse(wanted);
    const isWeb = ["https:", "http:"].includes(URL.parse(wanted)?.protocol ?? "");
    if (!parsed.success || !isWeb) return setProblem("Give a whole address, such as https://example.com/film.mov");
    addUrl(wanted);
    setUrl("");
    setProblem(null);
  };
  return (
    <form
      class="url-form"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <input
        class="input"
        type="text"
        inputMode="url"
        aria-label="URL of a video"
        aria-invalid={problem !== null}
        placeholder="or paste a URL: https://…"
        autocomplete="off"
        spellcheck={false}
        value={url}
        onInput={({ currentTarget }) => setUrl(currentTarget.value)}
      />
      <Button type="submit" disabled={url.trim() === ""}>
        Add URL
      </Button>
      {problem === null ? null : (
        <p class="field-error" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
