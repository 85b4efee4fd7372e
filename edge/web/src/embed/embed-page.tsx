import { Player } from "../player/player.tsx";
import "./embed-page.css";

/** A film alone, for pages elsewhere: the token in the address is all the right that it has. */
export default function EmbedPage({ token }: { token: string }) {
  const of = `/api/v1/play/${encodeURIComponent(token)}`;
  return (
    <main class="embed">
      <Player
        title="Film"
        source={{ kind: "hls", url: `${of}/main.m3u8` }}
        poster={`${of}/poster.jpg`}
        storyboard={`${of}/storyboard.vtt`}
        growing={false}
      />
    </main>
  );
}
