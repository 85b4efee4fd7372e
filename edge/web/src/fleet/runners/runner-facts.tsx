import { formatDuration } from "@reelway/shared/cli/terminal/units";
import type { HostLoad } from "@reelway/shared/contracts/host-load";
import type { Runner } from "@reelway/shared/contracts/runner";
import { regions } from "@reelway/shared/regions";
import { deviceInWords, hostInWords } from "@reelway/shared/runners/load-in-words";
import { Fact } from "../../parts/fact.tsx";
import { Time } from "../../parts/time.tsx";
import { abilitiesOf } from "./hardware.ts";
import { Load } from "./load.tsx";
import "./runner-page.css";

/** What a runner is, and all that it offers. */
export function RunnerFacts({ runner }: { runner: Runner }) {
  return (
    <section aria-labelledby="about">
      <div class="room-head">
        <h2 id="about">About it</h2>
      </div>
      <div class="panel runner-facts">
        <dl>
          <Fact name="Region">
            {regions[runner.region].name} <code class="small soft">{runner.region}</code>
          </Fact>
          <Fact name="Load">
            <Load runner={runner} />
          </Fact>
          {runner.holdBackSeconds > 0 ? (
            <Fact name="Holds back">
              takes what has waited for {formatDuration(runner.holdBackSeconds * 1_000)}, and leaves the rest to others
            </Fact>
          ) : null}
          {runner.state === "proving" ? (
            <Fact name="Can do">not known yet: it is finding out</Fact>
          ) : (
            <Offers runner={runner} />
          )}
          <Fact name="Host">
            <Host load={runner.load} />
          </Fact>
          <Fact name="Labels">{runner.labels.length > 0 ? runner.labels.join(", ") : "none"}</Fact>
          <Fact name="Version">{runner.version}</Fact>
          <Fact name="Seen">{runner.lastSeenAt === null ? "never" : <Time at={runner.lastSeenAt} />}</Fact>
          <Fact name="Registered">
            <Time at={runner.createdAt} />
          </Fact>
          {runner.drainedAt === null ? null : (
            <Fact name="Drained">
              <Time at={runner.drainedAt} />
            </Fact>
          )}
          <Fact name="Id">
            <code class="small">{runner.id}</code>
          </Fact>
        </dl>
        <details>
          <summary>All that it offers</summary>
          <ul class="runner-capabilities">
            {runner.capabilities.map((capability) => (
              <li key={capability}>
                <code class="small">{capability}</code>
              </li>
            ))}
          </ul>
        </details>
      </div>
    </section>
  );
}

function Offers({ runner }: { runner: Runner }) {
  const { devices, software, engine } = abilitiesOf(runner.capabilities);
  return (
    <>
      <Fact name="Devices">{devices.length > 0 ? devices.join(", ") : "none: its cores do the work"}</Fact>
      <Fact name="Software">{software.length > 0 ? software.join(", ") : "no encoder proved"}</Fact>
      <Fact name="Streams">{engine ? "yes: it has the media engine" : "no: it has no media engine"}</Fact>
      <Fact name="Sandbox">{runner.sandbox ?? "it does not say"}</Fact>
    </>
  );
}

/** How busy the host is, and each of its devices. */
function Host({ load }: { load: HostLoad | null }) {
  if (load === null) return <>has not told lately</>;
  return (
    <div class="pair">
      {[hostInWords(load), ...load.devices.map(deviceInWords)].map((line, at) => (
        <span key={`${at} ${line}`}>{line}</span>
      ))}
    </div>
  );
}
