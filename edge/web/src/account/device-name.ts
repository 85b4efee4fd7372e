const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, "Edge"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Mac OS X/, "macOS"],
  [/Windows/, "Windows"],
  [/Linux/, "Linux"],
];

/** "Firefox on Linux", as far as a browser tells; else the beginning of what it calls itself. */
export function deviceName(userAgent: string, browser: boolean): string {
  const named = (names: typeof browsers) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [program, system] = [named(browsers), named(systems)];
  if (browser && program) return system ? `${program} on ${system}` : program;
  return userAgent.split(" ")[0] || (browser ? "A browser" : "A program");
}
