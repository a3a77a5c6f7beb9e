/**
 * An id of Stripe's in any text: lower-case words, then at least eight letters and digits, among them a digit or capital, so
 * that `payment_intent` is none.
 */
const ID = /\b([a-z]{2,}(?:_[a-z]+)*?)_(?:test_)?(?=[A-Za-z0-9]*[0-9A-Z])[A-Za-z0-9]{8,}\b/g;

/** What all customers of a sandbox share, or what names a telling rather than an object. */
const SHARED = new Set(["prod", "price", "acct", "bpc", "pmc", "evt", "req", "we", "txcd", "txr", "pm_card"]);

/** Which of a sandbox's objects are one flow's: what the flow made, and whatever names something of it. */
export class Belongings {
  private readonly ids = new Set<string>();

  /** All ids in a JSON text are the flow's: the answer to something that it made. */
  add(text: string): void {
    for (const id of idsIn(text)) this.ids.add(id);
  }

  /** Whether it names anything of the flow's; then all of it is. */
  addIfOurs(text: string): boolean {
    if (!this.has(text)) return false;
    this.add(text);
    return true;
  }

  has(text: string): boolean {
    return idsIn(text).some((id) => this.ids.has(id));
  }
}

function idsIn(text: string): string[] {
  return [...text.matchAll(ID)].filter(([, kind = ""]) => !SHARED.has(kind)).map(([id]) => id);
}
