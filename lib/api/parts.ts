import { z } from "zod";

/** The schemas that have a name in the OpenAPI document. */
export const documented = z.registry<{ id: string; description?: string }>();

/** Gives a schema its name in the OpenAPI document. */
export function named<S extends z.ZodType>(id: string, schema: S, description?: string): S {
  documented.add(schema, description === undefined ? { id } : { id, description });
  return schema;
}

/** An int64 that is never negative. */
export const amount = z.int().min(0).meta({ format: "int64" });
