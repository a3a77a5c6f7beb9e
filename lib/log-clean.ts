/** What is written of an error. `code` is a SQLSTATE or what the system or a library calls it. */
export type LoggedError = {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** What the framework shows people as their reference. */
  readonly digest?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
  readonly errors?: readonly LoggedError[];
};

const REMOVED = "[removed]";
const MAX_TEXT = 2_000;
/** More is not even looked at: what the patterns take grows faster than the text does. */
const MAX_READ = 4_000;
const MAX_WORD = 100;
const DEEPEST = 6;
const MAX_ERRORS = 5;
const MAX_FRAMES = 12;

/** Names under which something opens a door, or says who somebody is. */
const PRIVATE_NAME =
  /(pass(word|wd|phrase|code)|secret|token|authorization|cookie|credential|cvc|cvv|iban|card_?number|e-?mail|api[-_]?key)(s|_?hash)?$/i;

/** The same in running text, and what the ORM says about a query: its message is the statement and every parameter. */
const PRIVATE_TEXT: readonly (readonly [RegExp, string])[] = [
  [/Failed query:[\s\S]*/g, `Failed query: ${REMOVED}`],
  [/\b(sk|pk)_(test|live)_\w+/g, "$1_$2_…"],
  [/\brk_(test|live)_\w+/g, "rk_$1_…"],
  [/\b(rk_[0-9a-f]{32})_[\w-]+/g, "$1_…"],
  [/\bwhsec_\w+/g, "whsec_…"],
  [/_secret_\w+/g, "_secret_…"],
  [/\bBearer\s+[\w.~+/=-]+/gi, "Bearer …"],
  [/\beyJ[\w-]+\.[\w-]+[\w.-]*/g, "[token]"],
  [/\/\/[^/\s@]+@/g, "//…@"],
  [/[^\s@<>"'(),;:=]{1,64}@[^\s@<>"'(),;:=]+\.[a-z]{2,}/gi, "[e-mail]"],
];
const CARD_LIKE = /\b[3-6](?:[ -]?\d){13,18}\b/g;

/** Text without secrets, addresses of people, card numbers or parameters of queries, 2,000 characters at most. */
export function cleanText(text: string): string {
  let clean = cutShort(text);
  for (const [pattern, instead] of PRIVATE_TEXT) clean = clean.replace(pattern, instead);
  clean = clean.replace(CARD_LIKE, (digits) => (isCardNumber(digits) ? "[card number]" : digits));
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
}

/** Ends before a word it would cut: half an address is not known for one. */
function cutShort(text: string): string {
  if (text.length <= MAX_READ) return text;
  const cut = text.slice(0, MAX_READ);
  const half = cut.slice(-MAX_WORD).search(/\s\S*$/);
  return half < 0 ? cut : cut.slice(0, MAX_READ - MAX_WORD + half);
}

/** The check digit every card number has (Luhn, ISO/IEC 7812-1). */
function isCardNumber(text: string): boolean {
  const digits = [...text.replace(/\D/g, "")].reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** What is logged, fit to be written: errors as `LoggedError`, private names and texts removed, however deep. */
export function cleanRecord(
  record: Readonly<Record<string, unknown>>,
  onError?: (error: Error) => void,
): Record<string, unknown> {
  return cleanObject(record, onError, 0);
}

function cleanObject(value: object, onError: ((error: Error) => void) | undefined, depth: number) {
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      isPrivate(name, each) ? REMOVED : cleanValue(each, onError, depth + 1),
    ]),
  );
}

/** A number or a yes or no under such a name is a figure: how many tokens, whether there is a password. */
const isPrivate = (name: string, value: unknown): boolean =>
  (typeof value === "string" || (typeof value === "object" && value !== null)) && PRIVATE_NAME.test(name);

function cleanValue(value: unknown, onError: ((error: Error) => void) | undefined, depth: number): unknown {
  if (value instanceof Error) return describeError(value, onError);
  if (typeof value === "string") return cleanText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value;
  if (depth > DEEPEST || ArrayBuffer.isView(value)) return REMOVED;
  if (Array.isArray(value)) return value.map((each) => cleanValue(each, onError, depth + 1));
  return cleanObject(value, onError, depth);
}

/**
 * An error as it may be written: its type, its message without parameters, its code, where in our code it came from,
 * and what caused it. Nothing else an error carries is looked at: drivers hang queries, rows and requests on theirs.
 */
export function describeError(thrown: unknown, onError?: (error: Error) => void, depth = 0): LoggedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: cleanText(String(thrown)) };
  onError?.(thrown);
  const { code, digest, errors } = thrown as Error & { code?: unknown; digest?: unknown; errors?: unknown };
  const deeper = depth < MAX_ERRORS;
  const stack = framesOf(thrown);
  return {
    // Names that are not set stay "Error", and those of classes may be shortened in a build.
    type: thrown.name === "Error" ? thrown.constructor.name : thrown.name,
    message: messageOf(thrown.message, code),
    ...(typeof code === "string" || typeof code === "number" ? { code: cleanText(String(code)) } : {}),
    ...(typeof digest === "string" ? { digest: cleanText(digest) } : {}),
    ...(stack ? { stack } : {}),
    ...(deeper && thrown.cause !== undefined
      ? { cause: describeError(thrown.cause, onError, depth + 1) }
      : {}),
    ...(deeper && Array.isArray(errors)
      ? { errors: errors.slice(0, MAX_ERRORS).map((each) => describeError(each, onError, depth + 1)) }
      : {}),
  };
}

/** The database quotes what it was given where it cannot read it (class 22); elsewhere it quotes only names. */
function messageOf(message: string, code: unknown): string {
  const quotesValues = typeof code === "string" && /^22[0-9A-Z]{3}$/.test(code);
  return cleanText(quotesValues ? message.replace(/"[\s\S]*"/g, '"…"') : message);
}

/** Without the message, which V8 repeats on top; our own frames where there are any. */
function framesOf({ stack = "", message }: Error): string {
  const after = message === "" ? 0 : stack.indexOf(message) + message.length;
  const frames = stack
    .slice(Math.max(after, 0))
    .split("\n")
    .filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line))
    .map((line) => line.trim());
  const own = frames.filter((line) => !/node_modules|\(node:|at node:/.test(line));
  return cleanText((own.length > 0 ? own : frames).slice(0, MAX_FRAMES).join("\n"));
}
