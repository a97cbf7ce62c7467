// SPDX-License-Identifier: Apache-2.0
// Confusion matrices: tables whose cells are tinted by their share of the row.
import { el } from './dom.js';
import { brief, number, percent, signed } from './words.js';
import { table } from './table.js';

const rowsOf = ({ labels, values }) =>
  labels.map((_, row) => values.slice(row * labels.length, (row + 1) * labels.length));

const sum = (values) => values.reduce((total, value) => total + value, 0);

function tinted(text, share, negative = false) {
  const cell = el('span', { class: negative ? 'tint less' : 'tint' }, text);
  cell.style.setProperty('--share', share.toFixed(3));
  return { text: cell, numeric: true };
}

const columnsOf = ({ labels, values }) =>
  labels.map((_, column) => labels.map((__, row) => values[row * labels.length + column]));

const diagonal = (rows) => sum(rows.map((row, i) => row[i]));

// Whether each list that has anything sums up to 1: shares of it.
const areShares = (lists) => lists.map(sum).every((total) => total === 0 || Math.abs(total - 1) < 0.01);

// What can be said of a matrix: of counts, and of shares of all of them, the accuracy; of the shares of
// each true class (scikit-learn's normalize="true") the mean recall, of each predicted one ("pred")
// only the mean precision.
function reading(matrix) {
  const rows = rowsOf(matrix);
  const total = sum(matrix.values);
  if (total === 0) return { words: null, recalls: false };
  if (matrix.values.every(Number.isInteger) || Math.abs(total - 1) < 0.01) {
    return { words: `accuracy ${percent(diagonal(rows) / total)}`, recalls: true };
  }
  const there = (lists) => lists.filter((list) => sum(list) > 0).length;
  if (areShares(rows)) {
    return { words: `mean recall ${percent(diagonal(rows) / there(rows))}`, recalls: true };
  }
  const columns = columnsOf(matrix);
  return areShares(columns)
    ? { words: `mean precision ${percent(diagonal(rows) / there(columns))}`, recalls: false }
    : { words: null, recalls: true };
}

// Many classes, or long names: those of the columns are turned, so that cells stay as wide as numbers.
const isCrowded = (labels) => labels.length > 12 || labels.some((label) => label.length > 16);

function grid(caption, labels, rows, recalls) {
  const crowded = isCrowded(labels);
  const name = (label) => (crowded ? el('span', { class: 'turned' }, label) : label);
  return table({
    caption, titled: true, className: crowded ? 'matrix crowded' : 'matrix',
    head: ['true \\ predicted', ...labels.map((label) => ({ text: name(label), numeric: true })),
      ...(recalls ? [{ text: 'recall', numeric: true }] : [])],
    rows: rows.map((row, i) => [labels[i], ...row,
      ...(recalls ? [{ text: percent(recalls[i]), numeric: true }] : [])]),
  });
}

function matrixTable(matrix, title) {
  const rows = rowsOf(matrix);
  const totals = rows.map(sum);
  const { words, recalls } = reading(matrix);
  return grid(`${title}${words === null ? '' : `: ${words}`}`, matrix.labels,
    rows.map((row, i) => row.map((value) =>
      tinted(number(value, brief), totals[i] > 0 ? value / totals[i] : 0))),
    recalls && rows.map((row, i) => (totals[i] > 0 ? row[i] / totals[i] : null)));
}

function differenceTable(a, b) {
  const largest = Math.max(...b.values.map((value, i) => Math.abs(value - a.values[i])), 1e-300);
  const change = { labels: a.labels, values: b.values.map((value, i) => value - a.values[i]) };
  return grid('B − A', a.labels, rowsOf(change).map((row) => row.map((value) =>
    tinted(signed(value), Math.abs(value) / largest, value < 0))));
}

// `sides` holds a matrix or null for each side.
export function matrixTables(sides, labels) {
  const [a, b] = sides;
  const shown = sides.map((matrix, side) => matrix && matrixTable(matrix, labels[side]));
  const comparable = a && b && a.labels.join('\0') === b.labels.join('\0') &&
    a.values.some((value, i) => value !== b.values[i]);
  return el('div', { class: 'beside matrices' }, shown, comparable && differenceTable(a, b));
}
