// SPDX-License-Identifier: Apache-2.0
// The page: what it shows, in which order, and the words above it.
import { code } from './code.js';
import { data } from './data.js';
import { el } from './dom.js';
import { environment } from './environment.js';
import { evaluations, pictures } from './files.js';
import { levels } from './levels.js';
import { heading, overview } from './overview.js';
import { output } from './output.js';
import { metrics, parameters, resources } from './results.js';
import { tables } from './tables.js';
import { about } from './about.js';

// What the sections ask again and again.
function contextOf(report) {
  const two = report.sides.length > 1;
  const names = report.sides.map((side) => side.name);
  const badge = (letter) => el('span', { class: `badge side-${letter}` }, letter.toUpperCase());
  return {
    two,
    names,
    badge,
    runs: report.sides.map((side) => side.run),
    labels: two ? names.map((name, i) => `${'AB'[i]} ${name}`) : names,
    // The head of a column of one side.
    head: (i, numeric = false) =>
      ({ text: two ? [badge('ab'[i]), ' ', names[i]] : 'Value', numeric }),
  };
}

const sections = [
  ['metrics', 'Metrics', metrics], ['parameters', 'Parameters', parameters], ['code', 'Code', code],
  ['data', 'Data', data], ['tables', 'Tables', tables], ['evaluation', 'Evaluation', evaluations],
  ['pictures', 'Pictures', pictures], ['environment', 'Environment', environment],
  ['levels', 'Reproducibility', levels], ['resources', 'Resources', resources],
  ['output', 'Output', output], ['about', 'About this page', about],
];

export function page(report) {
  const context = contextOf(report);
  const shown = sections.map(([id, title, make]) => {
    const content = [make(report, context)].flat(3).filter(Boolean);
    return content.length > 0 && el('section', { id, 'aria-labelledby': `${id}-title` },
      el('h2', { id: `${id}-title` }, title), content);
  }).filter(Boolean);
  const contents = el('nav', { 'aria-label': 'Contents' }, el('ul', {}, shown.map((section) =>
    el('li', {}, el('a', { href: `#${section.id}` }, section.querySelector('h2').textContent)))));
  return [el('header', {}, heading(report, context), contents),
    el('main', {}, overview(report, context), shown)];
}
