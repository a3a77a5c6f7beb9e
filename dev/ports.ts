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

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === null) throw new Error("no free port on this machine");
  return port;
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
