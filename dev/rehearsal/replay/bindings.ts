/** What stands in a recording for what was there: an alias of an id, or a word for what is never kept. */
const STAND_IN = /\b(?:[a-z]+(?:_[a-z]+)*|CR)_\d{1,3}\b|\b(?:address|drawn|e-mail|secret)\b/g;
const ANYTHING = new Set(["address", "drawn", "e-mail", "secret"]);
const SOMEWHERE = "https://checkout.stripe.com/replayed";
/** Times that the application sends are of the minute in which it sends them. */
const LATE_S = 3_600;

/** Which id of this replay each alias of a recording stands for. */
export class Bindings {
  private readonly real = new Map<string, string>();

  /** Ids that are made up end so: of two replays in one database no two are the same. */
  constructor(private readonly ending: string) {}

  bind(alias: string, id: string): void {
    this.real.set(alias, id);
  }

  /** Whether the text is what was recorded, with each alias the id that it has always been; new aliases are bound by it. */
  fits(recorded: string, text: string): boolean {
    if (recorded === text) return true;
    if (/^\d{10}$/.test(recorded) && /^\d{10}$/.test(text))
      return Math.abs(Number(recorded) - Number(text)) <= LATE_S;
    const aliases: string[] = [];
    const parts = recorded.split(STAND_IN).map(quoted);
    const marks = [...recorded.matchAll(STAND_IN)].map(([mark]) => {
      if (ANYTHING.has(mark)) return ".*";
      const known = this.real.get(mark);
      if (known !== undefined) return quoted(known);
      aliases.push(mark);
      return "([\\w-]+)";
    });
    const pattern = parts.map((part, at) => part + (marks[at] ?? "")).join("");
    const found = new RegExp(`^${pattern}$`).exec(text);
    if (!found) return false;
    for (const [at, alias] of aliases.entries()) this.bind(alias, found[at + 1] ?? "");
    return true;
  }

  /** Anything recorded with ids of this replay in it; an alias that nothing was bound to gets an id of its own. */
  restore(recorded: unknown): unknown {
    if (typeof recorded === "string") return recorded === "address" ? SOMEWHERE : this.text(recorded);
    if (Array.isArray(recorded)) return recorded.map((each) => this.restore(each));
    if (recorded === null || typeof recorded !== "object") return recorded;
    return Object.fromEntries(
      Object.entries(recorded).map(([name, each]) => [this.text(name), this.restore(each)]),
    );
  }

  /** A text with ids of this replay in it; of a field's name or a path, which are never addresses. */
  text(recorded: string): string {
    return recorded.replaceAll(STAND_IN, (mark) => (ANYTHING.has(mark) ? mark : this.idOf(mark)));
  }

  private idOf(alias: string): string {
    const known = this.real.get(alias);
    if (known !== undefined) return known;
    const [, kind = "", number = ""] = /^(.*)_(\d+)$/.exec(alias) ?? [];
    const made = `${kind}_Replayed${number.padStart(4, "0")}${this.ending}`;
    this.bind(alias, made);
    return made;
  }
}

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
