// SPDX-License-Identifier: Apache-2.0
// The changed lines of source files, from the text of a unified diff.
import { aside, disclosure, el, scrollable } from './dom.js';
import { count } from './words.js';

const mostRows = 3000;  // of one file

export function parsePatch(text) {
  const rows = [];
  let old = 0;
  let now = 0;
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  lines.forEach((line, i) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/.exec(line);
    if (hunk) {
      [old, now] = [Number(hunk[1]), Number(hunk[2])];
      rows.push({ kind: 'hunk', text: hunk[3] });
    } else if (rows.length === 0) {
      // The names of the file, which stand above.
    } else if (line.startsWith('+')) {
      rows.push({ kind: 'added', now: now++, text: line.slice(1) });
    } else if (line.startsWith('-')) {
      rows.push({ kind: 'removed', old: old++, text: line.slice(1) });
    } else if (line.startsWith('\\')) {
      rows.push({ kind: 'remark', text: line.slice(2) });
    } else if (line !== '' || i + 1 < lines.length) {
      rows.push({ kind: 'same', old: old++, now: now++, text: line.slice(1) });
    }
  });
  return rows;
}

// What two lines have in common at both ends, if that is enough for them to be one line that changed.
function commonEnds(before, after) {
  const [a, b] = [[...before], [...after]];
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) ++start;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) ++end;
  const common = a.slice(0, start).concat(a.slice(a.length - end)).filter((letter) => letter.trim());
  if (common.length < 3 || common.length * 3 < most) return null;
  const split = (letters) => [letters.slice(0, start), letters.slice(start, letters.length - end),
    letters.slice(letters.length - end)].map((part) => part.join(''));
  return [split(a), split(b)];
}

// Which removed line became which added one: pairs in order that have the most in common.
function pairLines(removed, added) {
  const found = removed.map((before) => added.map((after) => commonEnds(before.text, after.text)));
  const best = Array.from({ length: removed.length + 1 }, () => new Array(added.length + 1).fill(0));
  const worth = (parts) => (parts ? parts[0][0].length + parts[0][2].length : 0);
  for (let i = removed.length - 1; i >= 0; --i) {
    for (let k = added.length - 1; k >= 0; --k) {
      best[i][k] = Math.max(best[i + 1][k], best[i][k + 1], best[i + 1][k + 1] + worth(found[i][k]));
    }
  }
  let i = 0;
  let k = 0;
  while (i < removed.length && k < added.length) {
    if (best[i][k] === best[i + 1][k]) {
      ++i;
    } else if (best[i][k] === best[i][k + 1]) {
      ++k;
    } else {
      [removed[i].parts, added[k].parts] = found[i][k];
      ++i;
      ++k;
    }
  }
}

// Marks what changed within lines, in removed lines and the added ones right after them.
export function markChanges(rows) {
  for (let i = 0; i < rows.length;) {
    let middle = i;
    while (rows[middle]?.kind === 'removed') ++middle;
    let end = middle;
    while (rows[end]?.kind === 'added') ++end;
    if (middle > i && end > middle && (middle - i) * (end - middle) <= 2500) {
      pairLines(rows.slice(i, middle), rows.slice(middle, end));
    }
    i = Math.max(end, i + 1);
  }
  return rows;
}

const signs = { added: '+', removed: '−' };

function codeCell(row) {
  const marked = row.parts
    ? [row.parts[0], row.parts[1] && el('mark', {}, row.parts[1]), row.parts[2]] : row.text;
  const name = { added: 'ins', removed: 'del' }[row.kind] ?? 'span';
  return el('td', { class: 'line' }, el(name, {}, marked));
}

function rowOf(row) {
  if (row.kind === 'hunk' || row.kind === 'remark') {
    const words = row.kind === 'hunk' ? row.text || '⋯' : row.text;
    return el('tr', { class: row.kind }, el('td', { colspan: 4 }, words));
  }
  const place = (line) => el('td', { class: 'place' }, line ?? '');
  return el('tr', { class: row.kind }, place(row.old), place(row.now),
    el('td', { class: 'sign' }, signs[row.kind] ?? '', row.kind in signs && aside(` ${row.kind}`)),
    codeCell(row));
}

function patchTable(file) {
  const rows = markChanges(parsePatch(file.patch));
  const head = ['line before', 'line after', 'change', 'text'];
  return [
    scrollable(`Changed lines of ${file.path}`, el('table', { class: 'patch' },
      el('caption', { class: 'aside' }, `Changed lines of ${file.path}`),
      el('thead', { class: 'aside' }, el('tr', {}, head.map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, rows.slice(0, mostRows).map(rowOf)))),
    rows.length > mostRows && el('p', { class: 'remark' },
      `${count(rows.length - mostRows)} more lines: mlrepro diff A B --patch`)];
}

function filesLine(file) {
  const counts = file.added === null ? 'binary, or too large to compare'
    : `${count(file.added)} added, ${count(file.removed)} removed`;
  return [el('code', {}, file.path), el('span', { class: 'note' }, ` ${file.state}, ${counts}`)];
}

// A disclosure for each file, open where they are few.
export function patches(files) {
  const lines = files.reduce((sum, file) => sum + (file.added ?? 0) + (file.removed ?? 0), 0);
  return files.map((file) => (file.patch
    ? disclosure(filesLine(file), () => patchTable(file), { class: 'file', open: lines <= 400 })
    : el('p', { class: 'file' }, filesLine(file))));
}
