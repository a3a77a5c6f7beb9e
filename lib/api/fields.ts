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
  const fields = new Map<string, Member>();
  for (const each of membersOf(schema, schemas, "")) {
    const { types = [], ...other } = fields.get(each.name) ?? {};
    fields.set(each.name, { ...each, ...other, types: [...types, ...each.types] });
  }
  return [...fields.values()].map(({ types, ...field }) => ({
    ...field,
    type: [...new Set(types)].join(" or "),
  }));
}

type Member = Omit<Field, "type"> & { readonly types: readonly string[] };

function membersOf(schema: JsonSchema, schemas: Schemas, prefix: string): Member[] {
  const { properties = {}, required = [], anyOf = [], items } = resolve(schema, schemas);
  const own = Object.entries(properties).flatMap(([name, value]) => {
    const member = value as JsonSchema;
    const { description = null } = member;
    const path = prefix + name;
    const field = {
      name: path,
      types: typesOf(member),
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

function typesOf(schema: JsonSchema): string[] {
  if (schema.$ref) return [nameOf(schema) ?? "anything"];
  if (schema.anyOf) return schema.anyOf.flatMap((each) => typesOf(each as JsonSchema));
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each));
  if (schema.format === "date-time") return ["instant"];
  const limits = limitsText(schema);
  return [schema.type ?? "anything"].flat().map((type) => (limits === null ? type : `${type}, ${limits}`));
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
