import { openApiDocument } from "@/lib/api/openapi";
import { methodNotAllowed } from "@/lib/api/route";
import { env } from "@/lib/env";

// The address is read when the server runs, not when it is built.
export const dynamic = "force-dynamic";

/** For whoever generates a client. Says nothing that the documentation does not, so nobody is asked who they are. */
export function GET(): Response {
  const { APP_URL, PRODUCT_NAME } = env();
  return Response.json(openApiDocument(new URL(APP_URL).origin, PRODUCT_NAME));
}

export const { POST, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("GET");
