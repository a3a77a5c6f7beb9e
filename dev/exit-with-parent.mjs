// Preloaded into child processes: when the parent is killed, even with -9, its channel closes and the child stops too.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
