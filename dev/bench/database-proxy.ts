import { connect, createServer, type Socket } from "node:net";

/** What went to the database. */
export type Traffic = {
  /** Statements that were executed, `begin` and `commit` included. */
  readonly statements: number;
  /** How often a connection was sent something after it had received every earlier answer. */
  readonly roundTrips: number;
  /** The same for all connections together: queries that run side by side count once. */
  readonly inARow: number;
};

export type DatabaseProxy = {
  /** The database's URL, through this proxy. */
  readonly url: string;
  /** What went through since this was last called. */
  take(): Traffic;
  stop(): Promise<void>;
};

/** Listens on a free port, forwards to the Postgres of `databaseUrl` and counts. Logging in is not counted. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const counts = new Counts();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from) && to.destroy());
    }
    const conversation = new Conversation(counts);
    const heardFromClient = messageReader(true, (type) => conversation.clientSent(type));
    const heardFromServer = messageReader(false, (type) => conversation.serverSent(type));
    client.on("data", (chunk) => {
      heardFromClient(chunk);
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      heardFromServer(chunk);
      client.write(chunk);
    });
    client.on("close", () => conversation.end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(typeof address === "object" && address ? address.port : "");
  return {
    url: url.href,
    take: () => counts.take(),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Counts {
  #traffic = { statements: 0, roundTrips: 0, inARow: 0 };
  #busy = 0;

  statement(): void {
    this.#traffic.statements += 1;
  }

  becameBusy(): void {
    this.#traffic.roundTrips += 1;
    if (this.#busy === 0) this.#traffic.inARow += 1;
    this.#busy += 1;
  }

  becameIdle(): void {
    this.#busy -= 1;
  }

  take(): Traffic {
    const taken = this.#traffic;
    this.#traffic = { statements: 0, roundTrips: 0, inARow: 0 };
    return taken;
  }
}

/**
 * One connection. Every Sync and simple Query is answered by a ReadyForQuery; a Flush asks for the answers so far,
 * which the driver uses to learn a new statement's types: they end with the description of its rows.
 */
class Conversation {
  #loggedIn = false;
  #busy = false;
  #readiesOwed = 0;
  #descriptionOwed = false;

  constructor(readonly counts: Counts) {}

  clientSent(type: string): void {
    if (!this.#loggedIn) return;
    if (type === "X") return; // Terminate: nobody waits for an answer.
    if (!this.#busy) {
      this.#busy = true;
      this.counts.becameBusy();
    }
    if (type === "E" || type === "Q") this.counts.statement();
    if (type === "S" || type === "Q") this.#readiesOwed += 1;
    if (type === "H") this.#descriptionOwed = true;
  }

  serverSent(type: string): void {
    if (!this.#loggedIn) {
      this.#loggedIn = type === "Z";
      return;
    }
    if (type === "Z") this.#readiesOwed -= 1;
    else if (type === "T" || type === "n" || type === "E") this.#descriptionOwed = false;
    else return;
    if (this.#busy && this.#readiesOwed === 0 && !this.#descriptionOwed) this.end();
  }

  end(): void {
    if (this.#busy) this.counts.becameIdle();
    this.#busy = false;
  }
}

const HEAD = 5;

/** Cuts a byte stream into messages of the Postgres protocol and tells the type of each. */
function messageReader(beginsUntyped: boolean, onMessage: (type: string) => void): (chunk: Buffer) => void {
  let untyped = beginsUntyped; // A client's first message has a length but no type.
  let kept: Buffer = Buffer.alloc(0);
  return (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    for (;;) {
      if (kept.length < HEAD) return;
      const size = untyped ? kept.readInt32BE(0) : 1 + kept.readInt32BE(1);
      if (kept.length < size) return;
      if (!untyped) onMessage(String.fromCharCode(kept[0] ?? 0));
      untyped = false;
      kept = kept.subarray(size);
    }
  };
}
