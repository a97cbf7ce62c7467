// SPDX-License-Identifier: Apache-2.0
// Tables of both sides: what changed in their columns, ranked, with the shapes before and after; of one
// run or snapshot, what they look like.
import { profiles } from './profiles.js';
import { shapeFigure } from './shapes.js';
import { disclosure, el } from './dom.js';
import { table } from './table.js';
import { brief, count, counted, number, percent, probability } from './words.js';

const numeric = (text) => ({ text, numeric: true });
const short = (value) => number(value, brief);

const measures = {
  psi: 'PSI', js: 'Jensen–Shannon', ks: 'Kolmogorov–Smirnov', chi_square: 'chi-square',
  wasserstein: 'Wasserstein', missing: 'missing', new: 'new values', schema: 'schema',
};

function flagWords(column) {
  if (!column.drift) return 'no';
  return column.exceeded.map(({ measure, value, threshold }) =>
    `${measures[measure] ?? measure} ${short(value)} (limit ${short(threshold)})`).join(', ');
}

function columnRow(column) {
  const { psi, js, test, missing } = column;
  return [column.column, flagWords(column), numeric(short(psi?.value)), numeric(short(psi?.critical)),
    numeric(short(js)), numeric(probability(test?.adjusted_p)),
    numeric(missing.a === missing.b ? percent(missing.a) : `${percent(missing.a)} → ${percent(missing.b)}`)];
}

function columnsTable(drift, columns, caption) {
  return table({
    caption, className: 'wide ranked', head: ['Column', 'Drift', numeric('PSI'), numeric('its 95 % value'), numeric('JS distance'),
      numeric('adjusted p'), numeric('missing')],
    rows: columns.map(columnRow),
  });
}

const schemaWords = { added: 'added', removed: 'removed', retyped: 'has another type', moved: 'moved' };

function schemaTable(drift) {
  return drift.schema.length > 0 && table({
    caption: 'Changes of the schema', titled: true, head: ['Column', 'Change', 'A', 'B'],
    rows: drift.schema.map(({ column, change, a, b }) => [column, schemaWords[change] ?? change, a, b]),
  });
}

function values(column) {
  const words = (list) => list.map(({ value, count: n }) => `${value} (${count(n)})`).join(', ');
  const fresh = column.new.values;
  const gone = column.vanished;
  return (fresh.length > 0 || gone.length > 0) && el('p', { class: 'remark' },
    fresh.length > 0 && `New in B: ${words(fresh)}. `, gone.length > 0 && `Only in A: ${words(gone)}.`);
}

const shapes = (columns, context) => el('div', { class: 'charts' }, columns.map((column) =>
  el('div', {}, shapeFigure(column, context), values(column))));

function tableDrift(drift, path, context) {
  const name = drift.path || path || 'The table';
  const flagged = drift.columns.filter((column) => column.drift);
  const rest = drift.columns.filter((column) => !column.drift);
  const rows = drift.rows.a === drift.rows.b ? counted(drift.rows.a, 'row')
    : `${count(drift.rows.a)} → ${counted(drift.rows.b, 'row')}`;
  return el('div', { class: 'evaluation' }, el('h3', {}, el('code', {}, name),
    el('span', { class: 'note' }, ` ${rows}`)),
  drift.problem && el('p', { class: 'remark' }, drift.problem),
  schemaTable(drift),
  drift.columns.length > 0 && (flagged.length > 0
    ? [columnsTable(drift, flagged, `Columns of ${name} that drifted, the worst first`), shapes(flagged, context)]
    : el('p', { class: 'remark' }, 'No column drifted.')),
  rest.length > 0 && disclosure(`${counted(rest.length, 'column')} without drift`, () => [
    columnsTable(drift, rest, `Columns of ${name} without drift`), shapes(rest, context)]));
}

export function tables(report, context) {
  if (!report.diff) return profiles(report, context);
  return [...report.diff.inputs, ...report.diff.outputs].flatMap((item) =>
    (item.tables ?? []).map((drift) => tableDrift(drift, item.path, context)));
}
