import { createServer } from "node:net";

const HOST = "127.0.0.1";

const tryPort = (port: number): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" || error.code === "EACCES" ? resolve(null) : reject(error),
    );
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : null));
    });
  });

/** Nobody listens on them yet, but somebody of this process soon will. */
const given = new Set<number>();
const MAX_TRIES = 20;

/** A port nobody listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = await tryPort(0);
    if (port === null || given.has(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error("no free port on this machine");
}

/**
 * Starts something on free ports. Between their choice and its start anybody may take one, as for a connection of theirs: then it is
 * started on others.
 */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === 3 || !String(error instanceof Error ? error.message : error).includes("EADDRINUSE"))
        throw error;
    }
  }
}

/**
 * The port the variable names, which must be free (a server that was just killed gets a moment to let go of it);
 * where it names none, the default or, when something else listens there, any free one.
 */
export async function choosePort(variable: string, preferred: number): Promise<number> {
  const named = process.env[variable];
  if (!named) return (await tryPort(preferred)) ?? freePort();
  const wanted = Number(named);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535)
    throw new Error(`${variable}=${named} is not a port`);
  for (let tries = 0; tries < 20; tries += 1) {
    if ((await tryPort(wanted)) !== null) return wanted;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${variable}=${named}: something else listens on that port`);
}
