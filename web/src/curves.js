// SPDX-License-Identifier: Apache-2.0
// Metric curves of one or two runs, and ROC and precision-recall curves.
import { area, line } from 'd3-shape';
import { chart, endLetters, extent, padded, spanText } from './chart.js';
import { disclosure, el, svg } from './dom.js';
import { table } from './table.js';
import { brief, count, counted, number } from './words.js';

const letters = ['a', 'b'];

function union(lists) {
  return [...new Set(lists.flat())].sort((one, other) => one - other);
}

function paths(series, letter, x, y) {
  const { steps, low } = series;
  const high = series.high ?? low;
  const points = steps.map((step, i) => i);
  const middle = line((i) => x(steps[i]), (i) => y(low[i] / 2 + high[i] / 2));
  const band = area((i) => x(steps[i]), (i) => y(low[i]), (i) => y(high[i]));
  return svg('g', { class: `side-${letter}` },
    series.high && svg('path', { class: 'band', d: band(points) }),
    svg('path', { class: 'curve', d: middle(points) }),
    // A line needs two points.
    steps.length === 1 && svg('circle', { class: 'dot', cx: x(steps[0]), cy: y(low[0]), r: 3 }));
}

function words(series) {
  const parts = [counted(series.points, 'point')];
  if (series.high) parts.push(`drawn as the range of each of ${count(series.steps.length)} spans`);
  // A line has no gap there: the values on both sides are joined.
  if (series.nan === 1) parts.push(`NaN at step ${count(series.first_nan)}`);
  if (series.nan > 1) parts.push(`${count(series.nan)} NaN, the first at step ${count(series.first_nan)}`);
  if (series.infinite) parts.push(`${count(series.infinite)} infinite`);
  return parts.join(', ');
}

function valueAt(series, step, exact) {
  // The span that the step lies in; of a series with a value a step, only that step.
  let index = series.steps.length - 1;
  while (index > 0 && series.steps[index] > step) --index;
  if (series.steps[index] > step || step > series.last_step ||
      (exact && series.steps[index] !== step)) {
    return null;
  }
  return spanText(series.low[index], series.high?.[index]);
}

function dataTable(key, sides, labels) {
  const steps = union(sides.map((series) => series?.steps ?? []));
  return table({
    caption: `${key} by step`,
    head: ['Step', ...sides.map((series, side) => ({ text: labels[side], numeric: true }))],
    rows: steps.map((step) => [
      { text: count(step) },
      ...sides.map((series) => ({ text: (series && valueAt(series, step, true)) ?? '–', numeric: true }))]),
  });
}

// `sides` holds a series or null for each side; `labels` what the sides are called.
export function metricFigure(key, all, labels) {
  const two = all.length > 1;
  // Of a series without a finite value there is something to say and nothing to draw.
  const sides = all.map((series) => (series?.steps.length ? series : null));
  const there = sides.filter(Boolean);
  const y = extent(there.flatMap((series) => [series.low, series.high ?? []]).flat());
  const x = extent(there.flatMap((series) => [series.first_step, series.last_step]));
  const stops = union(there.map((series) => series.steps));
  const say = (step) => {
    const values = sides.map((series, side) => {
      const value = series && valueAt(series, step, !series.high);
      return value && (two ? `${letters[side].toUpperCase()} ${value}` : value);
    }).filter(Boolean);
    return `step ${count(step)}: ${values.join(', ') || '–'}`;
  };
  const summary = all.map((series, side) =>
    `${two ? `${letters[side].toUpperCase()}: ` : ''}${series ? words(series) : 'not logged'}`);
  const rest = summary.join('. ');
  return el('figure', { class: 'chart' },
    el('figcaption', {}, key),
    chart({
      title: `${key} over the steps`, x, y: padded(y), names: { x: 'step' }, stops, whole: true,
      words: (index) => say(stops[index]), rest,
      draw: (xScale, yScale, box) => [
        sides.map((series, side) => series && paths(series, letters[side], xScale, yScale)),
        two && endLetters(sides.map((series, side) => series && {
          letter: letters[side],
          x: xScale(series.steps[series.steps.length - 1]),
          y: yScale(series.low[series.low.length - 1] / 2 +
            (series.high ?? series.low)[series.low.length - 1] / 2),
        }), box)],
    }),
    disclosure('Data', () => dataTable(key, sides, labels)));
}

function rateLine(curve, letter, x, y) {
  const points = curve.x.map((_, i) => i);
  return svg('g', { class: `side-${letter}` }, svg('path', {
    class: 'curve', d: line((i) => x(curve.x[i]), (i) => y(curve.y[i]))(points),
  }));
}

function rateTable(curve, names, label) {
  const thresholds = curve.thresholds.length > 0;
  return table({
    caption: `${label}: the points of the curve`,
    head: [{ text: names.x, numeric: true }, { text: names.y, numeric: true },
      ...(thresholds ? [{ text: 'threshold', numeric: true }] : [])],
    rows: curve.x.map((x, i) => [
      { text: number(x), numeric: true }, { text: number(curve.y[i]), numeric: true },
      ...(thresholds ? [{ text: number(curve.thresholds[i]), numeric: true }] : [])]),
  });
}

const rateNames = {
  roc: { x: 'false positive rate', y: 'true positive rate', area: 'area under the curve' },
  precision_recall: { x: 'recall', y: 'precision', area: 'average precision' },
};

// The height of a curve at a place, between its points on the line from one to the other; where it
// rises straight up, its top.
function rateAt({ x, y }, place) {
  const there = y.filter((_, i) => x[i] === place);
  if (there.length > 0) return Math.max(...there);
  for (let i = 1; i < x.length; ++i) {
    const [low, high] = x[i - 1] < x[i] ? [i - 1, i] : [i, i - 1];
    if (x[low] < place && place < x[high]) {
      return y[low] + (y[high] - y[low]) * (place - x[low]) / (x[high] - x[low]);
    }
  }
  return null;
}

const percents = Array.from({ length: 101 }, (_, i) => i / 100);

// `sides` holds a curve or null for each side.
export function rateFigure(title, sides, labels) {
  const there = sides.filter(Boolean);
  const names = rateNames[there[0].kind];
  const two = sides.length > 1;
  const say = (place) => {
    const values = sides.map((curve, side) => {
      const value = curve && rateAt(curve, place);
      return value !== null && `${two ? `${letters[side].toUpperCase()} ` : ''}${number(value, brief)}`;
    }).filter(Boolean);
    return `${names.x} ${number(place)}: ${names.y} ${values.join(', ') || '–'}`;
  };
  const summary = (curve, side) => el('span', { class: `row key side-${letters[side]}` },
    el('span', { class: 'stroke', 'aria-hidden': 'true' }), `${two ? `${letters[side].toUpperCase()}: ` : ''}` +
    (curve ? `${names.area} ${number(curve.area)}, ${counted(curve.points, 'point')}` : 'not there'));
  return el('figure', { class: 'chart square' },
    el('figcaption', {}, title),
    chart({
      title: `${title}: ${names.y} by ${names.x}`, height: 320, x: [0, 1], y: [0, 1], names,
      stops: percents, words: (index) => say(percents[index]),
      draw: (x, y) => [
        there[0].kind === 'roc' &&
          svg('line', { class: 'reference', x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
        sides.map((curve, side) => curve && rateLine(curve, letters[side], x, y))],
    }),
    el('p', { class: 'side areas' }, sides.map(summary)),
    disclosure('Data', () => sides.map((curve, side) => curve && rateTable(curve, names, labels[side]))));
}
