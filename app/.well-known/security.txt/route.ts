import { env } from "@/lib/env";
import { writeSecurityTxt } from "@/lib/security-txt";

export const dynamic = "force-dynamic";

/** Where to report a weakness (RFC 9116); without SECURITY_CONTACT there is nothing here. */
export function GET(): Response {
  const { SECURITY_CONTACT: contact, APP_URL: appUrl } = env();
  if (!contact) return new Response("There is nothing at this address.\n", { status: 404 });
  const text = writeSecurityTxt({ contact, appUrl, now: new Date() });
  return new Response(text, { headers: { "content-type": "text/plain; charset=utf-8" } });
}
