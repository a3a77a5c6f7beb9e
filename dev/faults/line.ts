import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What lies between a process and its database, and can be cut: the process's own end of every connection. */
export type Line = {
  /** Opens a connection's socket, as the driver is given it. */
  openSocket(): Promise<Socket>;
  /** Cuts every connection, whatever is on it. */
  cut(): void;
  /** Cuts the next connection on which the server sends a whole message of this type, right after it. Once; "" no more. */
  cutAfter(type: string): void;
};

/** A line without anything in its middle: what `openDatabaseLine` puts there costs as much as the database itself. */
export function openLine(databaseUrl: string): Line {
  const { hostname, port } = new URL(databaseUrl);
  const open = new Set<Socket>();
  let cutType: number | null = null;
  const watch = (socket: Socket) => {
    const endOf = findEnd();
    const emit = socket.emit.bind(socket) as (event: string, ...told: unknown[]) => boolean;
    let isCut = false;
    const emitWatched = (event: string, ...told: unknown[]): boolean => {
      const [chunk] = told;
      if (event !== "data" || !(chunk instanceof Buffer)) return emit(event, ...told);
      if (isCut) return true;
      const end = endOf(chunk, cutType);
      if (end === null) return emit(event, chunk);
      isCut = true;
      cutType = null;
      // What was sent before has to be heard.
      setImmediate(reset, socket);
      return emit(event, chunk.subarray(0, end));
    };
    Object.assign(socket, { emit: emitWatched });
  };
  return {
    async openSocket() {
      const socket = connect(Number(port), hostname);
      socket.setNoDelay(true);
      await once(socket, "connect");
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      watch(socket);
      return socket;
    },
    cut() {
      for (const socket of open) reset(socket);
    },
    cutAfter(type) {
      cutType = type === "" ? null : type.charCodeAt(0);
    },
  };
}

/** As a server or a network that resets the connection is heard of. */
const reset = (socket: Socket): void =>
  void socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));

const HEADER = 5;

/**
 * Reads along what a server sends: messages of a type, a length that counts itself, and so many bytes. Tells where in a chunk the
 * first message of the wanted type ends; null where none does.
 */
export function findEnd(): (chunk: Uint8Array, wanted: number | null) => number | null {
  let type = 0;
  let size = 0;
  let read = 0;
  return (chunk, wanted) => {
    for (let at = 0; at < chunk.length; ) {
      if (read < HEADER) {
        const byte = chunk[at] ?? 0;
        if (read === 0) [type, size] = [byte, 0];
        else size = size * 256 + byte;
        [read, at] = [read + 1, at + 1];
      } else {
        const step = Math.min(1 + size - read, chunk.length - at);
        [read, at] = [read + step, at + step];
      }
      if (read < HEADER || read < 1 + size) continue;
      read = 0;
      if (type === wanted) return at;
    }
    return null;
  };
}
