import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Request, Transcript } from "../transcript";
import type { Bindings } from "./bindings";

/** How far a step has come: what is read is answered as it was first read in the step, or as it was last. */
export type Half = "first" | "last";

export type ReplayServer = {
  readonly port: number;
  /** Goes to a step, by its place, and to one of its halves. */
  goTo(step: number, half: Half): void;
  /** Requests that the recording has no answer to, and writes with other fields than were recorded; one sentence each. */
  readonly faults: readonly string[];
  /** Recorded writes of the application, up to the step, that nobody made again. */
  left(): readonly string[];
  stop(): Promise<void>;
};

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
};

const NOT_RECORDED = {
  status: 400,
  body: { error: { type: "invalid_request_error", message: "not recorded" } },
};

/** Which events share a read is chance: where a step's were two lists, the product reads these once the one is refused. */
const isOneList = ({ fields }: Asked): boolean =>
  Object.values(fields).includes("data.parent.subscription_details.subscription");

/** Answers as the recorded Stripe did: writes in their order, each once; reads as of the step that is played. */
export async function startReplayServer({ steps }: Transcript, bindings: Bindings): Promise<ReplayServer> {
  const written = new Set<Request>();
  const faults: string[] = [];
  let [at, half]: [number, Half] = [0, "first"];

  const ours = (step: number) => steps[step]?.requests.filter(({ by }) => by === "application") ?? [];
  const isSame = (recorded: Request, { method, path, fields }: Asked) =>
    recorded.method === method &&
    (method === "POST"
      ? bindings.text(recorded.path) === path
      : bindings.text(recorded.path) === path && fieldsDiffer(recorded, fields, bindings).length === 0);

  function find(asked: Asked): Request | undefined {
    if (asked.method !== "GET") {
      const upTo = steps.slice(0, at + 1).flatMap((_, step) => ours(step));
      return upTo.find((each) => !written.has(each) && isSame(each, asked));
    }
    const here = ours(at).filter((each) => isSame(each, asked));
    const [first, last] = [here[0], here.at(-1)];
    if (isOneList(asked)) return half === "first" ? first : last;
    const before = steps
      .slice(0, at)
      .flatMap((_, step) => ours(step))
      .filter((each) => isSame(each, asked));
    const after = steps
      .slice(at + 1)
      .flatMap((_, step) => ours(at + 1 + step))
      .filter((each) => isSame(each, asked));
    return (half === "first" ? first : last) ?? before.at(-1) ?? after[0];
  }

  function answer(asked: Asked): { status: number; body: unknown } {
    const found = find(asked);
    if (!found && isOneList(asked)) return NOT_RECORDED;
    if (!found) {
      faults.push(`no answer was recorded to ${asked.method} ${asked.path} ${JSON.stringify(asked.fields)}`);
      return NOT_RECORDED;
    }
    if (asked.method !== "GET") {
      written.add(found);
      for (const each of fieldsDiffer(found, asked.fields, bindings))
        faults.push(`${asked.method} ${asked.path} asked ${each}`);
    }
    return { status: found.status, body: bindings.restore(found.answer) };
  }

  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString("utf8");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://replay");
    const fields = Object.fromEntries([...searchParams, ...new URLSearchParams(body)]);
    const answered = answer({ method: request.method ?? "GET", path: pathname, fields });
    response.writeHead(answered.status, { "content-type": "application/json", "request-id": "req_replayed" });
    response.end(JSON.stringify(answered.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    goTo(step, to) {
      [at, half] = [step, to];
    },
    faults,
    left: () =>
      steps
        .slice(0, at + 1)
        .flatMap((_, step) => ours(step))
        .filter((each) => each.method !== "GET" && ![...written].some((done) => saysTheSame(done, each)))
        .map(({ method, path }) => `${method} ${path}`),
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A page and an event that come at once may both write one thing. */
const saysTheSame = (one: Request, other: Request): boolean =>
  one === other || (one.path === other.path && JSON.stringify(one.asked) === JSON.stringify(other.asked));

/** Fields that are not as recorded; what the proxy added is not the application's. */
function fieldsDiffer(
  recorded: Request,
  fields: Readonly<Record<string, string>>,
  bindings: Bindings,
): string[] {
  const own = Object.entries(recorded.asked).filter(
    ([name]) => name !== "metadata[refill_rehearsal]" && name !== "test_clock",
  );
  const known = new Map(own.map(([name, value]) => [bindings.text(name), String(value)]));
  const names = new Set([...known.keys(), ...Object.keys(fields)]);
  return [...names].flatMap((name) => {
    const [was, is] = [known.get(name), fields[name]];
    if (was !== undefined && is !== undefined && bindings.fits(was, is)) return [];
    return [`${name}=${is ?? "nothing"}, recorded was ${was === undefined ? "nothing" : bindings.text(was)}`];
  });
}
