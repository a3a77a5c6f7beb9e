const NOTHING = "There is nothing at this address.";

/** Addresses of programs that are none: without a route of their own they would be answered with a page. */
const nothing = (): Response => Response.json({ message: NOTHING }, { status: 404 });

export {
  nothing as DELETE,
  nothing as GET,
  nothing as OPTIONS,
  nothing as PATCH,
  nothing as POST,
  nothing as PUT,
};
