/** What happened how often, by kind. */
export class Figures {
  private readonly kinds = new Map<string, Map<string, number>>();

  count(kind: string, what: string, times = 1): void {
    const counted = this.kinds.get(kind) ?? new Map<string, number>();
    counted.set(what, (counted.get(what) ?? 0) + times);
    this.kinds.set(kind, counted);
  }

  of(kind: string, what: string): number {
    return this.kinds.get(kind)?.get(what) ?? 0;
  }

  total(kind: string): number {
    return [...(this.kinds.get(kind)?.values() ?? [])].reduce((sum, each) => sum + each, 0);
  }

  /** A line for every kind. */
  describe(): string {
    return [...this.kinds]
      .map(([kind, counted]) => {
        const parts = [...counted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, n]) => `${what} ${n}`);
        return `${kind} (${this.total(kind)}): ${parts.join(", ")}`;
      })
      .join("\n");
  }
}
