/**
 * Preloaded into a child (`node --import`): ends it when its parent is gone, whatever killed the parent. The second
 * SIGTERM asks a runner to hand its work back at once, since nobody waits for it any more.
 */
const SECOND_ASK_MS = 1_000;

if (process.channel) {
  process.on("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGTERM"), SECOND_ASK_MS).unref();
  });
  // Watching must not keep a finished child alive.
  process.channel.unref();
}
