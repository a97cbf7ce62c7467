// SPDX-License-Identifier: Apache-2.0
// Confusion matrices: tables whose cells are tinted by their share of the row.
import { el } from './dom.js';
import { number, percent, signed } from './words.js';
import { table } from './table.js';

const rowsOf = ({ labels, values }) =>
  labels.map((_, row) => values.slice(row * labels.length, (row + 1) * labels.length));

const sum = (values) => values.reduce((total, value) => total + value, 0);

function tinted(text, share, negative = false) {
  const cell = el('span', { class: negative ? 'tint less' : 'tint' }, text);
  cell.style.setProperty('--share', share.toFixed(3));
  return { text: cell, numeric: true };
}

function accuracy(matrix) {
  const rows = rowsOf(matrix);
  const total = sum(matrix.values);
  return total > 0 ? sum(rows.map((row, i) => row[i])) / total : null;
}

function grid(caption, labels, rows, recalls) {
  return table({
    caption, titled: true, className: 'matrix',
    head: ['true \\ predicted', ...labels.map((label) => ({ text: label, numeric: true })),
      ...(recalls ? [{ text: 'recall', numeric: true }] : [])],
    rows: rows.map((row, i) => [labels[i], ...row,
      ...(recalls ? [{ text: percent(recalls[i]), numeric: true }] : [])]),
  });
}

function matrixTable(matrix, title) {
  const rows = rowsOf(matrix);
  const totals = rows.map(sum);
  const share = accuracy(matrix);
  return grid(`${title}${share === null ? '' : `: accuracy ${percent(share)}`}`, matrix.labels,
    rows.map((row, i) => row.map((value) =>
      tinted(number(value), totals[i] > 0 ? value / totals[i] : 0))),
    rows.map((row, i) => (totals[i] > 0 ? row[i] / totals[i] : null)));
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
  return el('div', { class: 'beside' }, shown, comparable && differenceTable(a, b));
}
