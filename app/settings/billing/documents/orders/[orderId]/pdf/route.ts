import { randomBytes } from "node:crypto";
import { unstable_rethrow } from "next/navigation";
import { databaseIsAway } from "@/db/pool";
import { DatabaseBusy } from "@/db/transact";
import { requireCustomer } from "@/lib/auth/session";
import { getInvoice, getNote } from "@/lib/billing/documents/queries";
import { deps } from "@/lib/deps";
import { writePdf } from "@/lib/documents/pdf";
import { documentWords, fileName } from "@/lib/documents/words";
import { onceAtATime } from "@/lib/once-at-a-time";
import { ok } from "@/lib/result";
import { orderInvoicePath, orderInvoicePdfPath } from "../../../../paths";
import { noInvoiceSentence } from "../../no-invoice";

type Context = { readonly params: Promise<{ readonly orderId: string }> };

/** The invoice of a paid order of the customer's account as a file, or its credit note that `?note=` names; or a sentence that says why there is none. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { orderId: id } = await params;
  try {
    const { accountId } = await requireCustomer(orderInvoicePdfPath(id));
    const note = new URL(request.url).searchParams.get("note") ?? "";
    const written = await writeInvoice(`${accountId} ${id} ${note}`);
    if (!written.ok) return sentence(404, noInvoiceSentence(written.error.code));
    return new Response(new Uint8Array(written.value.file), {
      headers: {
        "Content-Type": "application/pdf",
        "Content-Disposition": `attachment; filename="${written.value.name}"`,
        "Cache-Control": "no-store",
      },
    });
  } catch (error) {
    unstable_rethrow(error); // To sign-in.
    if (error instanceof DatabaseBusy || databaseIsAway(error)) return sentence(503, AWAY);
    const reference = randomBytes(6).toString("hex");
    deps().log.error({ err: error, reference }, "an invoice's file could not be made");
    return sentence(500, `This file could not be made. Please tell us this reference: ${reference}`);
  }
}

/** By account, order and note. A page takes a tenth of a second to write, in which this process does nothing else: once for all who ask. */
const writeInvoice = onceAtATime(async (key: string) => {
  const [accountId = "", id = "", note = ""] = key.split(" ");
  const { db, seller, appUrl } = deps();
  const ref = { accountId, id };
  const found = note === "" ? await getInvoice({ db, seller }, ref) : await getNote(db, ref, note);
  if (!found.ok) return found;
  const words = documentWords(found.value);
  const pageUrl = appUrl + orderInvoicePath(id);
  const file = await writePdf(words, { issuedAt: found.value.issuedAt, pageUrl });
  return ok({ file, name: fileName(words) });
});

const AWAY = "We cannot reach our records right now. Please download the file again in a moment.";

const sentence = (status: number, text: string): Response =>
  new Response(`${text}\n`, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      ...(status === 503 && { "Retry-After": "5" }),
    },
  });
