import type { JsonSchema } from "./openapi";

/** One member of a body, for people to read. */
export type Field = {
  /** `results[].spend.credits` */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string | null;
};

type Schemas = Readonly<Record<string, JsonSchema>>;

/** Every member of a schema and what is inside of it, each once; what has a name of its own is only named. */
export function fieldsOf(schema: JsonSchema, schemas: Schemas): Field[] {
  const all = membersOf(schema, schemas, "");
  return all.filter((each, index) => all.findIndex((other) => other.name === each.name) === index);
}

function membersOf(schema: JsonSchema, schemas: Schemas, prefix: string): Field[] {
  const { properties = {}, required = [], anyOf = [], items } = resolve(schema, schemas);
  const own = Object.entries(properties).flatMap(([name, value]) => {
    const member = value as JsonSchema;
    const { description = null } = member;
    const path = prefix + name;
    const field = {
      name: path,
      type: typeText(member),
      required: required.includes(name),
      description,
    };
    return [field, ...(member.$ref ? [] : membersOf(member, schemas, `${path}.`))];
  });
  const variants = anyOf.flatMap((each) => membersOf(each as JsonSchema, schemas, prefix));
  const listed = items ? membersOf(items as JsonSchema, schemas, `${prefix.replace(/\.$/, "")}[].`) : [];
  return [...own, ...variants, ...listed];
}

function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  return schemas[nameOf(schema) ?? ""] ?? schema;
}

const nameOf = (schema: JsonSchema): string | undefined => schema.$ref?.split("/").at(-1);

function typeText(schema: JsonSchema): string {
  if (schema.$ref) return nameOf(schema) ?? "anything";
  if (schema.anyOf)
    return [...new Set(schema.anyOf.map((each) => typeText(each as JsonSchema)))].join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(", ");
  const limits = limitsText(schema);
  const name = schema.format === "date-time" ? "instant" : [schema.type ?? "anything"].flat().join(" or ");
  return limits === null ? name : `${name}, ${limits}`;
}

function limitsText(schema: JsonSchema): string | null {
  const { minimum, maximum, maxLength, minItems, maxItems, default: usual } = schema;
  const limits: string[] = [];
  if (minimum !== undefined && maximum !== undefined) limits.push(`${minimum} to ${maximum}`);
  if (maxLength !== undefined) limits.push(`up to ${maxLength} characters`);
  if (minItems !== undefined && maxItems !== undefined) limits.push(`${minItems} to ${maxItems}`);
  if (usual !== undefined) limits.push(`${usual} if left out`);
  return limits.length > 0 ? limits.join(", ") : null;
}
