// SPDX-License-Identifier: Apache-2.0
// Parameters and metrics: what differs first, all of them behind a disclosure, then the curves.
import { metricFigure } from './curves.js';
import { disclosure, el } from './dom.js';
import { table } from './table.js';
import { counted, number, numbers, signed, signedPercent } from './words.js';

const numeric = (text) => ({ text, numeric: true });
const drawnAtOnce = 60;  // curves: each is a chart of its own, and hundreds take seconds

function metricRows(items, runs) {
  return items.map((item) => [
    { text: item.key, note: runs.some((run) => run?.metrics[item.key]?.added_later) && 'added later' },
    ...numbers(item.a, item.b).map(numeric), numeric(signed(item.delta)),
    numeric(signedPercent(item.relative))]);
}

function metricsDiff(items, context, caption) {
  return table({
    caption,
    head: ['Metric', context.head(0, true), context.head(1, true), numeric('B − A'), numeric('relative')],
    rows: metricRows(items, context.runs),
  });
}

function metricsOf(run, keep) {
  const keys = Object.keys(run.metrics).filter(keep);
  return keys.length > 0 && table({
    caption: 'Metrics',
    head: ['Metric', numeric('last'), numeric('least'), numeric('greatest'), numeric('points')],
    rows: keys.map((key) => {
      const { last, min, max, count, added_later: later } = run.metrics[key];
      return [{ text: key, note: later && 'added later' }, numeric(number(last)), numeric(number(min)),
        numeric(number(max)), numeric(number(count))];
    }),
  });
}

// What differs, then everything.
function compared(items, draw, noun) {
  const changed = items.filter((item) => item.a !== item.b);
  if (items.length === 0) return null;
  return [
    changed.length > 0 ? draw(changed, `${noun}s that differ`)
      : el('p', { class: 'remark' }, `No ${noun} differs.`),
    items.length > changed.length && disclosure(
      `All ${counted(items.length, noun)} (${items.length - changed.length} the same)`,
      () => draw(items, `All ${noun}s`))];
}

const isResource = (key) => key.startsWith('system/');

function curves(report, context, keep) {
  const keys = [...new Set(report.sides.flatMap((side) => side.series.map((series) => series.key)))]
    .filter(keep);
  const figures = keys.map((key) => report.sides.map((side) =>
    side.series.find((series) => series.key === key) ?? null))
    .map((sides, i) => (sides.some((series) => series?.steps.length > 1)
      ? () => metricFigure(keys[i], context.runs[1] || !context.two ? sides : [sides[0]], context.labels)
      : null))
    .filter(Boolean);
  const rest = figures.slice(drawnAtOnce);
  return figures.length > 0 && [legend(context), el('div', { class: 'charts' },
    figures.slice(0, drawnAtOnce).map((draw) => draw())), rest.length > 0
    && disclosure(counted(rest.length, 'more curve'), () => el('div', { class: 'charts' },
      rest.map((draw) => draw())))];
}

// Solid and dashed, with a letter at the end of each line: colour is never all that tells them apart.
function legend(context) {
  return context.two && context.runs[1] && el('p', { class: 'legend' }, context.names.map((name, i) =>
    el('span', { class: `key side-${'ab'[i]}` }, el('span', { class: 'stroke', 'aria-hidden': 'true' }),
      context.badge('ab'[i]), ` ${name}`, i === 0 ? ' (solid)' : ' (dashed)')));
}

export function metrics(report, context) {
  const keep = (key) => !isResource(key);
  const listed = report.diff
    ? compared(report.diff.metrics.filter((item) => keep(item.key)),
      (items, caption) => metricsDiff(items, context, caption), 'metric')
    : context.runs[0] && metricsOf(context.runs[0], keep);
  return [listed, curves(report, context, keep)];
}

export function resources(report, context) {
  const drawn = curves(report, context, isResource);
  const [run] = context.runs;
  // Of a run that has not ended, of one that was lost and of a sweep, nothing is known: all are 0.
  const isKnown = ({ status, resources: of }) =>
    status !== 'running' && (of.user_s > 0 || of.system_s > 0 || of.max_rss_bytes > 0);
  const used = (of) => (isKnown(of) ? [number(of.resources.user_s), number(of.resources.system_s),
    number(of.resources.max_rss_bytes / 1e6)] : [null, null, null]);
  const names = ['CPU time of the command, s', 'CPU time of the kernel for it, s', 'peak of memory, MB'];
  const runs = context.runs.filter(Boolean);
  return run && [runs.some(isKnown) && table({
    caption: 'What the command used in all',
    head: ['', ...runs.map((_, i) => context.head(i, true))],
    rows: names.map((name, row) => [name, ...runs.map((of) => numeric(used(of)[row]))]),
  }), drawn && disclosure('Over time', () => drawn)];
}

export function parameters(report, context) {
  if (report.diff) {
    const draw = (items, caption) => table({
      caption, head: ['Parameter', context.head(0), context.head(1), { text: 'from', brief: true }],
      rows: items.map((item) => [item.key, item.a, item.b, { text: item.source, brief: true }]),
    });
    return compared(report.diff.params, draw, 'parameter');
  }
  const [run] = context.runs;
  const keys = Object.keys(run?.params ?? {});
  return keys.length > 0 && table({
    caption: 'Parameters', head: ['Parameter', 'Value', { text: 'from', brief: true }],
    rows: keys.map((key) => [key, run.params[key], { text: run.param_sources[key], brief: true }]),
  });
}
