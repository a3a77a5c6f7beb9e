/** A request as the simulator logged it; `ms` is what it also answers as `X-Sim-Duration-Ms`. */
export type LoggedRequest = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | null;
  readonly ms: number;
};

/** Of this many requests the simulator remembers the last; the log has to be read before they are more. */
const REMEMBERED = 500;

/** What the simulator was asked, read from its own log, so that nothing stands between the product and it. */
export class StripeLog {
  #lastSeen: string | null = null;

  constructor(readonly simulatorUrl: string) {}

  /** The requests since the last call, in no particular order. Throws when some may have been forgotten. */
  async take(): Promise<readonly LoggedRequest[]> {
    const response = await fetch(`${this.simulatorUrl}/_sim/requests`);
    const { requests } = (await response.json()) as { requests: readonly LoggedRequest[] };
    const known = requests.findIndex((each) => each.id === this.#lastSeen);
    if (this.#lastSeen !== null && known === -1 && requests.length >= REMEMBERED)
      throw new Error("the simulator's log was read too late");
    this.#lastSeen = requests[0]?.id ?? this.#lastSeen;
    return known === -1 ? requests : requests.slice(0, known);
  }
}
