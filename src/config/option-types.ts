/** The types of options: how each is read from text, its valid values in words, and its JSON schema. */
import type { Option, ValueOf } from './option.ts';
import { ipv4Pattern as ipv4, ipv6Pattern as ipv6 } from './address-patterns.ts';
import { readSelector, selectorPattern } from './label-selector.ts';
import { LONGEST_MS, formatDuration, formatSize, readDuration, readSize } from './quantity.ts';
import { readAddress, readName, readPrefix, readReverseZone, readUpstream } from './network-text.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface OptionType<Value> {
  /** Placeholder for the value in help: `--ttl N`. */
  readonly placeholder: string;
  /** The valid values as a noun phrase that completes "is not …". */
  readonly right: string;
  readonly schema: JsonSchema;
  /** Returns undefined when the text is invalid. Ranges are checked by `readSingle`. */
  read(text: string): Value | undefined;
  /** Formats a limit of the range; only for types that have one. */
  readonly format?: (value: number) => string;
}

const durationInWords = 'a duration with its unit, such as 500ms, 5s, 30m or 1h30m';
const durationPattern = '^(0|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+)$';
const host = `(${ipv4}|\\[${ipv6}\\])(:[0-9]{1,5})?/?`;
const upstreamPattern = `^(([Uu][Dd][Pp]://|[Tt][Cc][Pp]://)?${host}|${ipv6}|[Tt][Ll][Ss]://${host}(#[!-~]+)?|[Hh][Tt][Tt][Pp][Ss]://[^/@\\s]+(/\\S*)?)$`;
const prefixPattern = `^(${ipv4}(/(3[0-2]|[12]?[0-9]))?|${ipv6}(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)$`;
const sizePattern = '^[0-9]+(\\.[0-9]+)?(B|[KMG]iB?)?$';

export const optionTypes: { readonly [Type in keyof ValueOf]: OptionType<ValueOf[Type]> } = {
  string: { placeholder: 'TEXT', right: 'a text of printable characters', schema: { type: 'string', minLength: 1 }, read: readText },
  path: { placeholder: 'PATH', right: 'a path', schema: { type: 'string', minLength: 1 }, read: readText },
  integer: { placeholder: 'N', right: 'a whole number', schema: { type: 'integer' }, read: readInteger, format: String },
  boolean: { placeholder: '', right: 'true or false', schema: { type: 'boolean' }, read: readBoolean },
  duration: {
    placeholder: 'DURATION',
    right: durationInWords,
    // Helm's message about a constant shows it, and no description: so that a number without its unit is told what is right.
    schema: {
      type: ['string', 'number'],
      pattern: durationPattern,
      if: { type: 'number', not: { const: 0 } },
      then: { const: durationInWords },
    },
    read: readDuration,
    format: formatDuration,
  },
  size: {
    placeholder: 'SIZE',
    right: 'a size in bytes or with its unit, such as 512KiB or 32MiB',
    schema: { type: ['string', 'integer'], pattern: sizePattern },
    read: readSize,
    format: formatSize,
  },
  address: {
    placeholder: 'ADDR:PORT',
    right: 'an address and a port, such as 127.0.0.1:53, [::1]:53, or :53 for all addresses',
    schema: { type: 'string', pattern: `^(${ipv4}|\\[${ipv6}\\])?:[0-9]{1,5}$` },
    read: readAddress,
  },
  upstream: {
    placeholder: 'UPSTREAM',
    right: 'an upstream, such as 10.0.0.53, [fd00::53]:5353, tcp://10.0.0.53, tls://10.0.0.53#dns.example or https://dns.example/dns-query',
    schema: { type: 'string', pattern: upstreamPattern },
    read: readUpstream,
  },
  name: {
    placeholder: 'NAME',
    right: 'a domain name, such as corp.example',
    schema: { type: 'string', pattern: '^(\\.|[^.\\s*,=]{1,63}(\\.[^.\\s*,=]{1,63})*\\.?)$', maxLength: 254 },
    read: readName,
  },
  reverseZone: {
    placeholder: 'ZONE',
    right: 'in-addr.arpa, ip6.arpa or a zone below one of them',
    schema: {
      type: 'string',
      pattern: '^([^.\\s]{1,63}\\.)*([iI][nN]-[aA][dD][dD][rR]|[iI][pP]6)\\.[aA][rR][pP][aA]\\.?$',
      maxLength: 254,
    },
    read: readReverseZone,
  },
  selector: {
    placeholder: 'SELECTOR',
    right: 'a label selector, such as app=shop,tier!=test',
    schema: { type: 'string', pattern: selectorPattern },
    read: readSelector,
  },
  prefix: {
    placeholder: 'PREFIX',
    right: 'an address prefix, such as 10.0.0.0/8 or fd00::/8',
    schema: { type: 'string', pattern: prefixPattern },
    read: readPrefix,
  },
};

/** Reads and checks one value of an option; for an invalid one, `wrong` completes "is not …". */
export function readSingle(option: Option, text: string): { readonly value: unknown } | { readonly wrong: string } {
  if (option.type === 'enum') return (option.values ?? []).includes(text) ? { value: text } : { wrong: rightValues(option) };
  const matches = option.pattern === undefined || new RegExp(`^(?:${option.pattern})$`, 'u').test(text);
  const value = matches ? optionTypes[option.type].read(text) : undefined;
  const { least, greatest } = rangeOf(option);
  const outside = typeof value === 'number' && (value < least || value > greatest);
  return value === undefined || outside ? { wrong: rightValues(option) } : { value };
}

/** Describes the valid values in words, with the range. */
export function rightValues(option: Option): string {
  if (option.type === 'enum') return `one of ${(option.values ?? []).join(', ')}`;
  const type = optionTypes[option.type];
  if (option.type === 'string' && option.right !== undefined) return option.right;
  const note = option.right === undefined ? '' : ` (${option.right})`;
  return type.right + rangeInWords(option) + note;
}

function rangeInWords(option: Option): string {
  const format = option.type === 'enum' ? undefined : optionTypes[option.type].format;
  if (format === undefined) return '';
  const { min } = option;
  const max = option.max ?? (option.type === 'duration' ? LONGEST_MS : undefined);
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined && min > 0) return `, at least ${format(min)}`;
  return max === undefined ? '' : `, at most ${format(max)}`;
}

/** Returns the limits of a value. A duration is limited to what a timer accepts. */
function rangeOf(option: Option): { least: number; greatest: number } {
  const greatest = option.type === 'duration' ? LONGEST_MS : Number.MAX_SAFE_INTEGER;
  const least = option.type === 'integer' ? -Number.MAX_SAFE_INTEGER : 0;
  return { least: option.min ?? least, greatest: option.max ?? greatest };
}

function readText(text: string): string | undefined {
  return /^[^\p{Cc}]+$/u.test(text) ? text : undefined;
}

/** Accepts an exponent, because Helm writes a million as 1e+06. */
function readInteger(text: string): number | undefined {
  const value = /^-?\d+(\.\d+)?(e\+?\d{1,2})?$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}

function readBoolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
