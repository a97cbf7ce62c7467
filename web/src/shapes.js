// SPDX-License-Identifier: Apache-2.0
// The shape of a column before and after, as bars beside one another over one axis.
import { chart } from './chart.js';
import { disclosure, el, freshId, svg } from './dom.js';
import { table } from './table.js';
import { number, percent } from './words.js';

const letters = ['a', 'b'];

// Times are in seconds since 1970, or since midnight.
export function label(value, kind, width) {
  if (kind !== 'time') return number(value);
  const date = new Date(value * 1000);
  // A "for ever" may be beyond what dates can be here; years of more than four digits have a sign.
  if (Number.isNaN(date.getTime())) return number(value);
  const iso = date.toISOString().replace(/^[+-]\d{6}/, (year) => String(Number(year)));
  const day = iso.indexOf('T');
  return Math.abs(value) <= 86400 ? iso.slice(day + 1, day + 6)
    : width < 86400 ? iso.slice(0, day + 6).replace('T', ' ') : iso.slice(0, day);
}

function cellNames({ picture, class: kind }) {
  if (picture.labels.length > 0) return picture.labels;
  const cells = picture.a.length || picture.b.length;
  const width = (picture.high - picture.low) / cells;
  return Array.from({ length: cells }, (_, i) =>
    `${label(picture.low + i * width, kind, width)} to ${label(picture.low + (i + 1) * width, kind, width)}`);
}

// Lines across the bars of B, so that colour is not all that tells them from those of A.
function hatching(id) {
  return svg('pattern', { id, width: 4, height: 4, patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)' },
  svg('rect', { class: 'hatch-ground', width: 4, height: 4 }),
  svg('line', { class: 'hatch', x1: 0, y1: 0, x2: 0, y2: 4 }));
}

function bars(shares, side, two, x, y, pattern) {
  const width = (x(1) - x(0)) * 0.86 / (two ? 2 : 1);
  return svg('g', { class: `bars side-${letters[side]}` }, shares.map((share, i) =>
    (share > 0 ? svg('rect', {
      x: x(i + 0.07) + side * width, y: y(share), width: Math.max(width - 0.5, 0.5),
      height: Math.max(y(0) - y(share), 0.5), fill: pattern && `url(#${pattern})`,
    }) : null)));
}

function ends(column, cells, x, box) {
  const { picture, class: kind } = column;
  const texts = picture.labels.length > 0
    ? (cells <= 12 ? picture.labels.map((text, i) => [i + 0.5, text, 'middle']) : [])
    : [[0, label(picture.low, kind, Infinity), 'start'], [cells, label(picture.high, kind, Infinity), 'end']];
  const room = Math.max(3, Math.floor((box.right - box.left) / cells / 7.4));
  return texts.map(([at, text, anchor]) => svg('text', {
    class: 'cell-name', x: x(at), y: box.bottom + 16, 'text-anchor': anchor,
  }, anchor === 'middle' && text.length > room ? `${text.slice(0, room - 1)}…` : text));
}

// `column` has a picture: shares of each side in cells of equal width, or of categories.
export function shapeFigure(column, context) {
  const { picture } = column;
  const sides = context.two ? [picture.a, picture.b] : [picture.a];
  const cells = Math.max(picture.a.length, picture.b.length);
  if (cells === 0) return null;
  const names = cellNames(column);
  const most = Math.max(...sides.flat(), 0.01);
  const pattern = context.two ? freshId('hatch') : null;
  const stops = names.map((_, i) => i + 0.5);
  const say = (i) => `${names[i]}: ${sides.map((shares, side) =>
    `${context.two ? `${letters[side].toUpperCase()} ` : ''}${percent(shares[i] ?? 0)}`).join(', ')}`;
  return el('figure', { class: 'chart' }, el('figcaption', {}, column.column),
    chart({
      title: `Shares of the values of ${column.column}`, height: 180, x: [0, cells], y: [0, most],
      names: { x: '' }, stops, words: say, bare: true, percent: true,
      rest: context.two ? 'A filled, B hatched; share of the values' : 'share of the values',
      draw: (x, y, box) => [pattern && svg('defs', {}, hatching(pattern)),
        sides.map((shares, side) => bars(shares, side, context.two, x, y, side === 1 && pattern)),
        ends(column, cells, x, box)],
    }),
    disclosure('Data', () => table({
      caption: `Shares of the values of ${column.column}`,
      head: ['Value', ...sides.map((_, i) => context.head(i, true))],
      rows: names.map((name, i) => [name, ...sides.map((shares) =>
        ({ text: percent(shares[i] ?? 0, 2), numeric: true }))]),
    })));
}
