const inherited = ["PATH", "HOME", "LANG", "TMPDIR", "NODE_COMPILE_CACHE"] as const;

/** The environment of a process under test: nothing of the developer's own settings gets in. */
export function environmentOfTests(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const system = Object.fromEntries(
    inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  return { ...system, ...settings };
}
