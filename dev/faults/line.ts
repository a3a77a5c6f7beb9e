import { once } from "node:events";
import { connect as connectTo, type Socket } from "node:net";
import { connect } from "../../db/client";
import type { Pool } from "../../db/pool";

/** What a process has of its database: connections, which can be cut. They stay for the process that is started in its place. */
export type Line = {
  /** Connections for one life of a process. */
  lend(): Lent;
  /** Cuts every connection, whatever is on it. */
  cut(): void;
  /** Cuts the next connection on which the server sends a whole message of this type, right after it. Once; "" no more. */
  cutAfter(type: string): void;
  close(): Promise<void>;
};

export type Lent = {
  readonly pool: Pool;
  /** Nothing more can be asked over them. Where something still is, they are ended with it, as when a process is killed. */
  giveBack(): Promise<void>;
};

const CONNECTIONS = 4;

/**
 * A line without anything in its middle: what `openDatabaseLine` puts there costs as much as the database itself. Connections are
 * opened once, as a new one has every statement planned anew, which costs more than most steps.
 */
export function openLine(databaseUrl: string): Line {
  const sockets = openSockets(databaseUrl);
  let kept: Pool | null = null;
  return {
    lend() {
      kept ??= connect(databaseUrl, { max: CONNECTIONS, openSocket: sockets.open }).pool;
      const pool = kept;
      const lent = Proxy.revocable(pool, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      return {
        pool: lent.proxy,
        async giveBack() {
          lent.revoke();
          const { inUse, waiting } = pool.usage;
          if (inUse + waiting === 0) return;
          kept = null;
          await pool.end({ timeout: 0 });
        },
      };
    },
    cut: sockets.cut,
    cutAfter: sockets.cutAfter,
    close: async () => kept?.end({ timeout: 5 }),
  };
}

function openSockets(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const all = new Set<Socket>();
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
    async open(): Promise<Socket> {
      const socket = connectTo(Number(port), hostname);
      socket.setNoDelay(true);
      await once(socket, "connect");
      all.add(socket);
      socket.on("close", () => all.delete(socket));
      watch(socket);
      return socket;
    },
    cut() {
      for (const socket of all) reset(socket);
    },
    cutAfter(type: string) {
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
