// SPDX-License-Identifier: Apache-2.0
// Numbers, sizes and times as a person reads them. A document has NaN and the infinities as texts.

const minus = (text) => text.replace(/-/g, '−');
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
export const brief = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function number(value, format = plain) {
  if (value === null || value === undefined) return '–';
  if (typeof value !== 'number') {
    return { Infinity: '∞', '-Infinity': '−∞' }[value] ?? String(value);
  }
  const size = Math.abs(value);
  // Counts are told to the last digit: rounded, they would be other counts.
  if (Number.isInteger(value) && size < 1e15) return minus(whole.format(value));
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) {
    return minus(value.toExponential(4).replace(/\.?0+e/, 'e').replace('e+', 'e'));
  }
  return minus(format.format(value));
}

// Two numbers beside one another: with all their digits where fewer would make them look the same.
export function numbers(a, b) {
  const texts = [number(a), number(b)];
  const differ = typeof a === 'number' && typeof b === 'number' && a !== b;
  return differ && texts[0] === texts[1] ? [a, b].map((value) => minus(String(value))) : texts;
}

// Differences: four digits.
export function signed(value) {
  return typeof value === 'number' && value > 0 ? `+${number(value, brief)}` : number(value, brief);
}

// Below what a test can tell apart, digits say nothing.
export const probability = (value) => (typeof value === 'number' && value < 1e-9 ? '< 1e−9' : number(value, brief));

export function percent(share, digits = 1) {
  if (typeof share !== 'number') return '–';
  if (share === 0) return '0 %';
  // A few are not none, and nearly all are not all.
  const least = 0.5 / 10 ** (digits + 2);
  if (Math.abs(share) < least) return `${share < 0 ? '> −' : '< '}${(0.1 ** digits).toFixed(digits)} %`;
  if (share < 1 && share >= 1 - least) return `> ${(100 - 0.1 ** digits).toFixed(digits)} %`;
  const text = minus((share * 100).toFixed(Math.abs(share) >= 10 ? 0 : digits));
  return `${text} %`;
}

export function signedPercent(share) {
  const text = percent(share);
  return typeof share === 'number' && share > 0 && /^\d/.test(text) ? `+${text}` : text;
}

export const count = (value) => whole.format(value);

export function counted(value, singular, plural = `${singular}s`) {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

export function bytes(value) {
  let size = value;
  for (const unit of ['B', 'kB', 'MB', 'GB', 'TB']) {
    if (size < 1000 || unit === 'TB') {
      return `${unit === 'B' || size >= 100 ? size.toFixed(0) : size.toFixed(1)} ${unit}`;
    }
    size /= 1000;
  }
  return '';
}

export function duration(seconds) {
  if (typeof seconds !== 'number') return '–';
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  const two = (value) => String(Math.floor(value)).padStart(2, '0');
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

export const time = (iso) => (iso ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : '–');
export const shortId = (digest) => (digest ? digest.replace('sha256:', '').slice(0, 12) : '–');

export function list(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

// As a shell would need it quoted.
export const command = (words) =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`))
    .join(' ');
