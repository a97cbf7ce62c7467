// SPDX-License-Identifier: Apache-2.0
// What the tables of one run or snapshot look like: their columns, and the shape of each.
import { label, shapeFigure } from './shapes.js';
import { disclosure, el } from './dom.js';
import { table } from './table.js';
import { brief, bytes, count, counted, number, percent } from './words.js';

const numeric = (text) => ({ text, numeric: true });
const short = (value) => number(value, brief);
const drawnAtOnce = 12;

const about = ({ value, low, high }) => `${low === high ? '' : '≈ '}${count(value)}`;

// The least and the greatest: numbers, times as they are written, or how long texts are.
function ends(column) {
  if (column.class === 'time' && column.first) return [column.first, column.last];
  if (column.numbers) return [short(column.numbers.min), short(column.numbers.max)];
  if (!column.lengths) return [null, null];
  return [count(column.lengths.min), `${counted(column.lengths.max, 'character')}`];
}

function quartiles(column) {
  if (column.percentiles.length === 0) return [null, null, null];
  const points = column.percentiles;
  const width = points[75] - points[25];
  return [25, 50, 75].map((at) =>
    (column.class === 'time' ? label(points[at], 'time', width) : short(points[at])));
}

function remarks(column) {
  const words = [...column.notes];
  if (column.nan > 0) words.push(`${count(column.nan)} NaN`);
  if (column.infinite > 0) words.push(`${count(column.infinite)} infinite`);
  return words.join(', ');
}

function columnRow(column, rows) {
  const [least, most] = ends(column);
  const numbers = column.class === 'numeric' ? column.numbers : null;
  return [column.name, column.type, numeric(rows === 0 ? '–' : percent(column.missing / rows)),
    numeric(about(column.distinct)), numeric(least), numeric(most), numeric(short(numbers?.mean)),
    numeric(short(numbers?.deviation)), ...quartiles(column).map(numeric), remarks(column)];
}

function columnsTable(profile, name) {
  return table({
    caption: `Columns of ${name}`, className: 'wide',
    head: ['Column', 'Type', numeric('missing'), numeric('distinct'), numeric('least'), numeric('greatest'),
      numeric('mean'), numeric('deviation'), numeric('25 %'), numeric('median'), numeric('75 %'), 'Remarks'],
    rows: profile.columns.map((column) => columnRow(column, profile.rows)),
  });
}

function shapes(profile, context) {
  const drawn = profile.columns.map((column, i) => ({ column: column.name, class: column.class,
    picture: profile.pictures[i] })).filter(({ picture }) => picture.a.length > 0);
  const figures = (list) => el('div', { class: 'charts' },
    list.map((column) => shapeFigure(column, { ...context, two: false })));
  const rest = drawn.slice(drawnAtOnce);
  return drawn.length > 0 && [figures(drawn.slice(0, drawnAtOnce)), rest.length > 0
    && disclosure(`Shapes of ${counted(rest.length, 'more column')}`, () => figures(rest))];
}

function tableProfile(profile, group, context) {
  const name = profile.path ? `${group.path}/${profile.path}` : group.path;
  const facts = [group.role, counted(profile.rows, 'row'), counted(profile.columns.length, 'column'),
    `${profile.format} of ${bytes(profile.bytes)}`];
  return el('div', { class: 'evaluation' }, el('h3', {}, el('code', {}, name),
    el('span', { class: 'note' }, ` ${facts.join(', ')}`)),
  !profile.exact && el('p', { class: 'remark' },
    `Quantiles, shapes and frequent values are of a sample of ${counted(profile.sampled, 'row')}; the rank of a `
    + `quantile is off by at most ${percent(profile.rank_error, 2)} of the rows (99 %).`),
  profile.columns.length > 0 && columnsTable(profile, name), shapes(profile, context));
}

export function profiles(report, context) {
  return report.sides[0].tables.flatMap((group) =>
    group.profiles.map((profile) => tableProfile(profile, group, context)));
}
