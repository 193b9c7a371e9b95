/** Parses and formats durations and sizes as people write them: `1h30m` and `32MiB`, in milliseconds and bytes. */

/** The longest duration, in ms: timers accept a little under 25 days. */
export const LONGEST_MS: number = 24 * 86_400_000;

/** Largest first, the order in which `1h30m` is written. */
const durationUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Without a unit a number means bytes. `Mi`, as Kubernetes writes it, means `MiB`. */
const sizeUnits = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** Returns milliseconds; undefined when a number lacks its unit (only `0` needs none) or the total is not a whole number of milliseconds. */
export function readDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number = '', unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g))
    total += times(number, new Map(durationUnits).get(unit as 's') ?? 0);
  return Number.isInteger(total) ? total : undefined;
}

/** Multiplies a decimal number, exactly where the product is whole: in floating point, 1.1 hours are not a whole number of milliseconds. */
function times(decimal: string, unit: number): number {
  const [whole = '', fraction = ''] = decimal.split('.');
  return (Number(whole + fraction) * unit) / 10 ** fraction.length;
}

export function formatDuration(ms: number): string {
  let text = '';
  for (const [unit, length] of durationUnits) {
    const count = Math.floor(ms / length);
    ms -= count * length;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}

/** Returns bytes; undefined when the text is invalid or not a whole number of bytes. */
export function readSize(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?(?:e\+?\d{1,2})?)(B|[KMG]iB?)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const scale = sizeUnits.find(([name]) => name[0] === unit[0])?.[1] ?? 1;
  const bytes = Number(number) * scale;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

export function formatSize(bytes: number): string {
  const [unit, scale] = sizeUnits.find(([, size]) => bytes >= size && bytes % size === 0) ?? ['', 1];
  return `${bytes / scale}${unit}`;
}
