/** The row type of the option table, and the type of the values derived from a table of such rows. */

/** The value of each option type; option-types.ts defines the texts that each accepts. */
export interface ValueOf {
  string: string;
  integer: number;
  boolean: boolean;
  /** Milliseconds. */
  duration: number;
  /** Bytes. */
  size: number;
  address: Address;
  /** `udp://10.0.0.53:53`, `tcp://…`, `tls://10.0.0.53:853#name`, `https://host/dns-query`: always with scheme and port, except for https's port. */
  upstream: string;
  path: string;
  /** Lower case, without the trailing dot; the root is `.`. */
  name: string;
  /** A label selector, as written. */
  selector: string;
  /** Like `name`, at or below in-addr.arpa or ip6.arpa. */
  reverseZone: string;
  /** `10.0.0.0/8`, always with the length. */
  prefix: string;
}

/** Where to listen. `host` is an IP address without brackets, or '' for every address of the machine, IPv4 and IPv6. Port 0 means any free port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

type Scalar = string | number | boolean;

/** A row of the table. Data only, so that the type `Options` can be derived from it, and docs and schema generated from it. */
export interface Option {
  /** Kebab case: `--name`, the YAML key `name`, `KUBEZONE_NAME`, and `options.name` in camel case. */
  readonly name: string;
  readonly type: keyof ValueOf | 'enum';
  /** The values of an enum. */
  readonly values?: readonly string[];
  /** Regular expression that a whole string must match; `right` describes it in words. */
  readonly pattern?: string;
  /** Least and greatest value of an integer, duration (ms) or size (bytes). */
  readonly min?: number;
  readonly max?: number;
  /** `list`: a repeatable flag, or values joined by `separator`. `map`: `name=value,value`, repeatable; joined by `;` in the environment. */
  readonly many?: 'list' | 'map';
  /** Separates the values of a list in one text; a comma by default. Use `;` where a value can contain a comma. */
  readonly separator?: string;
  /** As a person would write it. An option without a default is undefined when not given; `otherwise` then says what happens. */
  readonly default?: Scalar | readonly Scalar[] | Readonly<Record<string, readonly Scalar[]>>;
  /** What happens when the option is not given, where the default does not show it. */
  readonly otherwise?: string;
  /** One sentence: what it does, with the unit. */
  readonly does: string;
  /** The valid values, where the description of the type does not suffice; a noun phrase that completes "is not …". */
  readonly right?: string;
  /** Whether a change in the file takes effect without a restart. */
  readonly reloadable: boolean;
  /** Set for options of single commands, for the path of the file itself, and for options that no cluster should be configured with. */
  readonly notInFile?: true;
}

/** Rows shown under one heading. */
export interface OptionGroup {
  readonly title: string;
  readonly rows: readonly Option[];
}

type Single<Row extends Option> = Row['type'] extends keyof ValueOf
  ? ValueOf[Row['type']]
  : Row extends { readonly values: readonly (infer Value)[] }
    ? Value
    : never;
type Given<Row extends Option> = Row extends { readonly many: 'list' }
  ? readonly Single<Row>[]
  : Row extends { readonly many: 'map' }
    ? Readonly<Record<string, readonly Single<Row>[]>>
    : Single<Row>;
type ValueOfRow<Row extends Option> = 'default' extends keyof Row ? Given<Row> : Given<Row> | undefined;
type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Text;

/** The values of a table: a frozen object of plain data with a camel-case property per row. It can be posted to a worker thread. */
export type ValuesOf<Rows extends readonly Option[]> = {
  readonly [Name in Rows[number]['name'] as Camel<Name>]: ValueOfRow<Extract<Rows[number], { readonly name: Name }>>;
};

export function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

export function environmentName(name: string): string {
  return `KUBEZONE_${name.toUpperCase().replaceAll('-', '_')}`;
}
