import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** What the line does to whatever is sent over it. */
export type LineMode =
  | "up"
  /** As `kill -9` of the server or its machine: what is open is reset, what comes is reset. */
  | "down"
  /** As a machine that was unplugged: nothing goes through, nothing ends. */
  | "silent"
  /** As a balancer with no database behind it: what comes is accepted and closed again. */
  | "closing"
  /** As a server that has not recovered yet: it refuses everybody in its own words. */
  | "starting up";

export type DatabaseLine = {
  /** The database's URL, over this line. */
  readonly url: string;
  set(mode: LineMode): void;
  /**
   * Resets the next connection on which the server sends a message of this type ("D" is a row, "R" a step of logging
   * in, "Z" the end of an answer), before anything after that message went through. Once.
   */
  cutAfter(type: string): void;
  close(): Promise<void>;
};

/** A line to a database that can break in every way a line and a server break. */
export async function openDatabaseLine(databaseUrl: string): Promise<DatabaseLine> {
  const target = new URL(databaseUrl);
  const ends = new Set<Socket>();
  let mode: LineMode = "up";
  let cutType: string | null = null;
  const forward = (near: Socket) => {
    const far = connect(Number(target.port), target.hostname);
    tie(near, far, ends);
    tie(far, near, ends);
    near.on("data", (chunk) => mode !== "silent" && far.write(chunk));
    const heard = messages();
    far.on("data", (chunk) => {
      if (mode === "silent") return;
      // In one piece: each by itself would be a packet, and double what the line costs.
      const passed: Buffer[] = [];
      let isCut = false;
      for (const message of heard(chunk)) {
        passed.push(message);
        isCut = String.fromCharCode(message[0] ?? 0) === cutType;
        if (isCut) break;
      }
      if (passed.length > 0) near.write(Buffer.concat(passed));
      if (!isCut) return;
      cutType = null;
      // What was written before has to arrive.
      setImmediate(() => near.resetAndDestroy());
    });
  };
  const server = createServer((near) => {
    ends.add(near);
    near.on("error", () => {});
    near.on("close", () => ends.delete(near));
    if (mode === "down") near.resetAndDestroy();
    else if (mode === "closing") near.resume().end();
    else if (mode === "starting up") near.once("data", () => near.end(STARTING_UP));
    else forward(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as { port: number }).port);
  const cut = () => {
    for (const end of ends) end.resetAndDestroy();
  };
  return {
    url: url.href,
    set(next) {
      mode = next;
      if (next !== "up" && next !== "silent") cut();
    },
    cutAfter(type) {
      cutType = type;
    },
    async close() {
      for (const end of ends) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where the first ends, so does the second. */
function tie(end: Socket, other: Socket, ends: Set<Socket>): void {
  ends.add(end);
  end.setNoDelay(true);
  end.on("error", () => {});
  end.on("close", () => {
    ends.delete(end);
    other.destroy();
  });
}

/** What Postgres answers before it has read its log: a FATAL error with the state 57P03. */
const STARTING_UP = errorMessage({
  S: "FATAL",
  V: "FATAL",
  C: "57P03",
  M: "the database system is starting up",
});

function errorMessage(fields: Record<string, string>): Buffer {
  const body = Buffer.from(
    `${Object.entries(fields)
      .map(([field, text]) => `${field}${text}\0`)
      .join("")}\0`,
  );
  const head = Buffer.from("E\0\0\0\0");
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

/** Cuts what a server sends into messages of the protocol: a type, a length that counts itself, and so many bytes. */
function messages(): (chunk: Buffer) => Generator<Buffer> {
  let kept: Buffer = Buffer.alloc(0);
  return function* (chunk) {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 5) {
      const size = 1 + kept.readInt32BE(1);
      if (kept.length < size) return;
      const message = kept.subarray(0, size);
      kept = kept.subarray(size);
      yield message;
    }
  };
}
