// SPDX-License-Identifier: Apache-2.0
import { aside, disclosure, el, scrollable, visible } from './dom.js';

const longest = 400;  // characters of a cell that are shown at once

function content(text) {
  const words = visible(text);
  if (words.length <= longest) return words;
  return [words.slice(0, longest), ' ',
    disclosure(`… ${words.length - longest} more characters`, () => words.slice(longest))];
}

const asCell = (cell) =>
  (cell instanceof Node || typeof cell === 'string' || cell === null ? { text: cell } : cell);

function draw(cell, name, attributes) {
  const { text, numeric, code, note, brief } = asCell(cell);
  const shown = text instanceof Node || Array.isArray(text) ? text : content(text ?? '–');
  return el(name, { class: [numeric && 'number', code && 'code', brief && 'brief', text === null && 'none']
    .filter(Boolean).join(' ') || null, ...attributes }, shown,
  note && el('span', { class: 'note' }, ' ', note));
}

// A cell is a text, an element, or {text, numeric, code, note: words beside it, brief: not to be broken}.
// The first cell of a row names the row. `caption` is shown only with `titled`, and read aloud always.
export function table({ caption, head, rows, titled = false, className = null }) {
  const body = el('table', { class: className },
    el('caption', { class: titled ? null : 'aside' }, caption),
    head && el('thead', {}, el('tr', {}, head.map((cell) =>
      draw(cell === '' ? aside('Item') : cell, 'th', { scope: 'col' })))),
    el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell, i) =>
      (i === 0 ? draw(cell, 'th', { scope: 'row' }) : draw(cell, 'td', {})))))));
  return scrollable(caption, body);
}

// Two columns: what, and what it is.
export function facts(caption, rows) {
  return table({ caption, rows: rows.filter(([, value]) => value !== null), className: 'facts' });
}
