import { toPublicId } from "@/lib/ids";
import type { UsageLine } from "@/lib/ledger/usage-spends";
import { csvStream } from "../../csv-stream";

const COLUMNS = [
  "time_utc",
  "seq",
  "category",
  "model",
  "reference",
  "credits",
  "grant",
  "grant_kind",
  "hold",
] as const;

/** Lines of usage as a CSV file. */
export const usageCsv = (batches: AsyncGenerator<readonly UsageLine[]>): ReadableStream<Uint8Array> =>
  csvStream(COLUMNS, batches, toCells);

const toCells = (line: UsageLine): readonly string[] => [
  line.at.toISOString(),
  String(line.seq),
  line.category,
  line.resource ?? "",
  line.reference ?? "",
  String(line.credits),
  line.grant ? toPublicId("grant", line.grant.id) : "",
  line.grant?.kind ?? "",
  line.holdId ? toPublicId("hold", line.holdId) : "",
];
