/** What a row of the option table is, and the type of the values that a table of such rows gives. */

/** Value of each type; see option-types.ts for the texts each one reads. */
export interface ValueOf {
  string: string;
  integer: number;
  number: number;
  boolean: boolean;
  /** Milliseconds. */
  duration: number;
  /** Bytes. */
  size: number;
  address: Address;
  /** `udp://10.0.0.53:53`, `tcp://…`, `tls://10.0.0.53:853#name`, `https://host/dns-query`: scheme and port always there, except https's port. */
  upstream: string;
  path: string;
  /** Lower case, without the last dot; the root is `.`. */
  name: string;
  /** A label selector, as it is written. */
  selector: string;
  /** As `name`, at or below in-addr.arpa or ip6.arpa. */
  reverseZone: string;
  /** `10.0.0.0/8`; the length is always there. */
  prefix: string;
}

/** Where to listen. `host` is an IP address without brackets, or '' for every address of the machine, IPv4 and IPv6. Port 0: any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

type Scalar = string | number | boolean;

/** A row of the table. It is data only, so that `Options` can be derived from it, and docs and schema written from it. */
export interface Option {
  /** Kebab case: `--name`, the YAML key `name`, `KUBEZONE_NAME`, and `options.name` in camel case. */
  readonly name: string;
  readonly type: keyof ValueOf | 'enum';
  /** What an enum allows. */
  readonly values?: readonly string[];
  /** What the whole of a string must match; `right` says it in words. */
  readonly pattern?: string;
  /** Least and greatest value of an integer, number, duration (ms) or size (bytes). */
  readonly min?: number;
  readonly max?: number;
  /** `list`: a repeatable flag, or several joined by `separator`. `map`: `name=value,value`, repeatable; in the environment joined by `;`. */
  readonly many?: 'list' | 'map';
  /** Between a list's values in one text; a comma unless said. Choose `;` where a value can hold a comma. */
  readonly separator?: string;
  /** As a person would write it. Without one the value is undefined when not given: then say in `otherwise` what happens. */
  readonly default?: Scalar | readonly Scalar[] | Readonly<Record<string, readonly Scalar[]>>;
  /** What happens when nothing is given, where the default cannot say it. */
  readonly otherwise?: string;
  /** One sentence: what it does, with the unit. */
  readonly does: string;
  /** What values are right, where the type's own words do not say it; a noun phrase, as it completes "is not …". */
  readonly right?: string;
  /** Whether a change in the file takes effect without a restart. */
  readonly reloadable: boolean;
  /** For options of single commands, for the file's own path, and for what no cluster is to be configured with. */
  readonly notInFile?: true;
}

/** Rows that are shown under one heading. */
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

/** The values of a table: a frozen object of plain data, one camel-case property a row. It can be posted to a worker thread. */
export type ValuesOf<Rows extends readonly Option[]> = {
  readonly [Name in Rows[number]['name'] as Camel<Name>]: ValueOfRow<Extract<Rows[number], { readonly name: Name }>>;
};

export function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

export function environmentName(name: string): string {
  return `KUBEZONE_${name.toUpperCase().replaceAll('-', '_')}`;
}
