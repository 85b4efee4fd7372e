/** Resolves with the first SIGINT or SIGTERM; `onAgain` is called for each further one. */
export function stopSignal(onAgain: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const hear = (name: NodeJS.Signals) => {
      if (asked) onAgain();
      asked = true;
      resolve(name);
    };
    process.on("SIGINT", hear);
    process.on("SIGTERM", hear);
  });
}
