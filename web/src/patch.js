// SPDX-License-Identifier: Apache-2.0
// The changed lines of source files, from the text of a unified diff.
import { aside, disclosure, el, scrollable } from './dom.js';
import { cut, pieces } from './syntax.js';
import { count } from './words.js';

const mostRows = 3000;  // of one file
const mostOpen = 400;  // changed lines that are shown without being asked for

const signs = { added: '+', removed: '−' };

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
  // Where all lines end as on Windows, that says nothing; where only some do, it is a change.
  const texts = rows.filter((row) => row.kind in signs || row.kind === 'same');
  if (texts.every((row) => row.text.endsWith('\r'))) {
    texts.forEach((row) => { row.text = row.text.slice(0, -1); });
  }
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
  const lines = rows.filter((row) => row.kind !== 'remark');
  for (let i = 0; i < lines.length;) {
    let middle = i;
    while (lines[middle]?.kind === 'removed') ++middle;
    let end = middle;
    while (lines[end]?.kind === 'added') ++end;
    if (middle > i && end > middle && (middle - i) * (end - middle) <= 2500) {
      pairLines(lines.slice(i, middle), lines.slice(middle, end));
    }
    i = Math.max(end, i + 1);
  }
  return rows;
}

// Gives rows the pieces of their lines. The lines of a stretch follow each other, before the change
// and after it, so that a text of several lines is known as one.
function addPieces(rows, path) {
  const lines = (kind) => rows.filter((row) => row.kind === kind || row.kind === 'same');
  for (const stretch of [lines('removed'), lines('added')]) {
    const found = pieces(path, stretch.map((row) => row.text));
    stretch.forEach((row, i) => { row.pieces = found?.[i]; });
  }
}

function colour(rows, path) {
  const starts = rows.flatMap((row, i) => (row.kind === 'hunk' ? [i] : []));
  starts.forEach((start, i) => addPieces(rows.slice(start + 1, starts[i + 1]), path));
  return rows;
}

const drawn = (line) => line.map(({ text, kind }) =>
  (kind === 'plain' ? text : el('span', { class: `code-${kind}` }, text)));

function codeCell(row) {
  const line = row.pieces ?? [{ text: row.text, kind: 'plain' }];
  const [start, end] = row.parts
    ? [row.parts[0].length, row.parts[0].length + row.parts[1].length] : [row.text.length, row.text.length];
  const changed = drawn(cut(line, start, end));
  const marked = [drawn(cut(line, 0, start)), changed.length > 0 && el('mark', {}, changed),
    drawn(cut(line, end, row.text.length))];
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
  const all = parsePatch(file.patch);
  const rows = colour(markChanges(all.slice(0, mostRows)), file.path);
  const head = ['line before', 'line after', 'change', 'text'];
  return [
    scrollable(`Changed lines of ${file.path}`, el('table', { class: 'patch' },
      el('caption', { class: 'aside' }, `Changed lines of ${file.path}`),
      el('thead', { class: 'aside' }, el('tr', {}, head.map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, rows.map(rowOf)))),
    all.length > mostRows && el('p', { class: 'remark' },
      `${count(all.length - mostRows)} more lines: mlrepro diff A B --patch`)];
}

function filesLine(file) {
  const counts = file.added === null ? 'binary, or too large to compare'
    : `${count(file.added)} added, ${count(file.removed)} removed`
      + (file.patch || file.added + file.removed === 0 ? '' : ', not shown (see “About this page”)');
  return [el('code', {}, file.path), el('span', { class: 'note' }, ` ${file.state}, ${counts}`)];
}

// A disclosure for each file, open as long as there are few lines, and those not too long to be read.
export function patches(files) {
  let lines = 0;
  let letters = 0;
  const isOpen = (file) => {
    if (lines + file.added + file.removed > mostOpen || letters + file.patch.length > 100 * mostOpen) return false;
    lines += file.added + file.removed;
    letters += file.patch.length;
    return true;
  };
  return files.map((file) => (file.patch
    ? disclosure(filesLine(file), () => patchTable(file), { class: 'file', open: isOpen(file) })
    : el('p', { class: 'file' }, filesLine(file))));
}
