import type { PlannedColor } from "@reelway/shared/contracts/stream-plan";
import type { z } from "zod";

type Hdr10 = z.infer<typeof PlannedColor>["hdr10"];

/** Steps of SMPTE ST 2086 as H.265 counts them (D.3.28): chromaticity in 1/50000, luminance in 1/10000 cd/m². */
export const chromaticitySteps = 50_000;
export const luminanceSteps = 10_000;

/** Parameters of x265, whose words a plan holds. */
export function hdr10OfX265(hdr10: Hdr10): string[] {
  if (hdr10 === null) return [];
  return ["hdr10=1", ...displayAndLight(hdr10, ["master-display", "max-cll"], (display) => display)];
}

/** Parameters of SVT-AV1, which counts chromaticity from 0 to 1 and luminance in cd/m². */
export function hdr10OfSvtAv1(hdr10: Hdr10): string[] {
  if (hdr10 === null) return [];
  return displayAndLight(hdr10, ["mastering-display", "content-light"], inUnits);
}

function displayAndLight(
  { display, light }: NonNullable<Hdr10>,
  [displayName, lightName]: readonly [string, string],
  write: (display: string) => string,
): string[] {
  return [
    ...(display === null ? [] : [`${displayName}=${write(display)}`]),
    ...(light === null ? [] : [`${lightName}=${light}`]),
  ];
}

/** `G(13250,34500)…L(10000000,1)` → `G(0.265,0.69)…L(1000,0.0001)`. */
function inUnits(display: string): string {
  return display.replaceAll(/([A-Z]+)\((\d+),(\d+)\)/g, (_, name: string, x: string, y: string) => {
    const steps = name === "L" ? luminanceSteps : chromaticitySteps;
    return `${name}(${Number(x) / steps},${Number(y) / steps})`;
  });
}
