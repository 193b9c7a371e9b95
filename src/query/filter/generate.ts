/** Expands the `$GENERATE` directive of BIND's master files: one line becomes many, with a number in place of `$`. */

/** Most records from one line; more is taken for a typing error. */
const MOST = 65_536;

/**
 * Returns the lines that `$GENERATE RANGE OWNER [TTL] [CLASS] TYPE DATA` expands to, or what is wrong with it. The argument holds the words after
 * `$GENERATE`.
 */
export function generated([range = '', ...words]: readonly string[]): Iterable<string> | { readonly wrong: string } {
  const [, start, stop, step = '1'] = /^(\d{1,9})-(\d{1,9})(?:\/(\d{1,9}))?$/.exec(range) ?? [];
  if (start === undefined || words.length < 3 || Number(step) === 0 || Number(stop) < Number(start))
    return { wrong: '$GENERATE is to be followed by a range, an owner, a type and data, such as: $GENERATE 1-5 host$ CNAME .' };
  const count = Math.floor((Number(stop) - Number(start)) / Number(step)) + 1;
  if (count > MOST) return { wrong: `$GENERATE ${range} would make ${count} records; up to ${MOST} are right` };
  return lines(words.join(' '), Number(start), Number(step), count);
}

function* lines(template: string, start: number, step: number, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield filledIn(template, start + i * step);
}

/** Replaces `$`, and `${OFFSET[,WIDTH[,BASE]]}` with a base of d, o, x or X; `$$` and `\$` are a dollar sign. */
function filledIn(template: string, value: number): string {
  return template.replace(
    /\\.|\$\$|\$(?:\{(-?\d{1,9})(?:,(\d{1,3})(?:,([doxX]))?)?\})?/g,
    (found, offset: string | undefined, width = '0', base = 'd') => {
      if (!found.startsWith('$')) return found;
      if (found === '$$') return '\\$';
      const digits = (value + Number(offset ?? 0)).toString(base === 'd' ? 10 : base === 'o' ? 8 : 16);
      return (base === 'X' ? digits.toUpperCase() : digits).padStart(Number(width), '0');
    },
  );
}
