/** A type definition in the OpenAPI 2 document of an API server. */

export interface Definition {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly additionalProperties?: Definition;
  readonly items?: Definition;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-group-version-kind'?: readonly { readonly group: string; readonly version: string; readonly kind: string }[];
}

/** Returns the kind, such as `apps/v1/Deployment`; undefined for types that are only parts of objects. */
export function kindOf(definition: Definition): string | undefined {
  const [first, ...others] = definition['x-kubernetes-group-version-kind'] ?? [];
  if (first === undefined || others.length > 0) return undefined;
  return [first.group, first.version, first.kind].filter((part) => part !== '').join('/');
}
