import type { Random } from "./random";

/** Numbers of Stripe's test cards, as a person types them. */
export const CARDS = {
  visa: "4242424242424242",
  mastercard: "5555555555554444",
  /** The bank wants to see the person each time. */
  asksBank: "4000002760003184",
  asksBankOnce: "4000002500003155",
  /** Is saved, and then declines. */
  declinesLater: "4000000000000341",
  /** Is not even saved. */
  declined: "4000000000000002",
} as const;
export type CardName = keyof typeof CARDS;

export type BankAnswer = "approve" | "fail" | "walk away";

export const decideAtBank = (random: Random): BankAnswer =>
  random.weighted<BankAnswer>([
    ["approve", 7],
    ["fail", 2],
    ["walk away", 1],
  ]) ?? "approve";

const post = (url: string, fields: Record<string, string>): Promise<Response> =>
  fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });

/** Types a card into one of Stripe's pages and answers the bank. The session's id where the page led back, or null. */
export async function typeCard(url: string, card: CardName, bank: BankAnswer): Promise<string | null> {
  const typed = await post(url, { number: CARDS[card], expiry: "12/49", cvc: "123" });
  const next = typed.headers.get("location");
  const back = next?.includes("/authenticate/") ? await answerBank(next, bank) : next;
  return back ? new URL(back).searchParams.get("session_id") : null;
}

/** What the bank's page leads to; null for somebody who walked away. */
export async function answerBank(url: string, answer: BankAnswer): Promise<string | null> {
  if (answer === "walk away") return null;
  return (await post(url, { result: answer })).headers.get("location");
}
