const ALIAS = /\b([a-z]+(?:_[a-z]+)*|CR)_(\d{1,3})\b/g;

/**
 * Two texts are the same when they differ in nothing but numbers of aliases, and each of the first's has always been the same one
 * of the second's: which object was met first may differ, which one is meant may not.
 */
export class Pairing {
  private readonly there = new Map<string, string>();
  private readonly back = new Map<string, string>();

  /** Remembers what it was told as the same. */
  areSame(first: unknown, second: unknown): boolean {
    if (first === second) return typeof first !== "string" || this.pairAll(first, first);
    if (typeof first !== "string" || typeof second !== "string") return false;
    const plain = (text: string) => text.replaceAll(ALIAS, "$1_");
    return plain(first) === plain(second) && this.pairAll(first, second);
  }

  private pairAll(first: string, second: string): boolean {
    const [ours, theirs] = [first, second].map((text) => [...text.matchAll(ALIAS)].map(([alias]) => alias));
    const pairs = (ours ?? []).map((alias, at) => [alias, theirs?.[at] ?? ""] as const);
    if (!pairs.every(([one, other]) => this.fits(one, other))) return false;
    for (const [one, other] of pairs) {
      this.there.set(one, other);
      this.back.set(other, one);
    }
    return true;
  }

  private fits(one: string, other: string): boolean {
    return (this.there.get(one) ?? other) === other && (this.back.get(other) ?? one) === one;
  }
}
