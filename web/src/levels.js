// SPDX-License-Identifier: Apache-2.0
import { el } from './dom.js';
import { table } from './table.js';

const names = ['none', 'code', 'configuration', 'data', 'environment', 'evaluation'];
const words = (level) => (level === null ? 'nothing yet' : `${level} of 5: ${names[level]}`);

// How much of what a reproduction needs is recorded, and how much one has proven.
export function levels(report, context) {
  const runs = context.runs.filter(Boolean);
  if (runs.length === 0) return null;
  const two = runs.length > 1;
  return [table({
    caption: 'Levels of reproducibility', className: two ? null : 'facts',
    head: two ? ['', context.head(0), context.head(1)] : null,
    rows: [['Recorded', ...runs.map((run) => words(run.level.recorded))],
      ['Proven by a reproduction', ...runs.map((run) => words(run.level.proven))]],
  }), runs.map((run, i) => run.level.missing.length > 0 && el('div', {},
    el('p', { class: 'remark' }, `${two ? `${context.labels[i]}: ` : ''}for the next level, there is missing:`),
    el('ul', {}, run.level.missing.map((step) => el('li', {}, step)))))];
}
