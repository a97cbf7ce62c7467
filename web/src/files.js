// SPDX-License-Identifier: Apache-2.0
// The sections that show files: pictures side by side, and what evaluations wrote.
import { el } from './dom.js';
import { rateFigure } from './curves.js';
import { matrixTables } from './matrices.js';
import { bytes } from './words.js';

const isSame = (file) => file.a && file.b && file.a.digest === file.b.digest;

function missing(words) {
  return el('p', { class: 'remark' }, words);
}

function pictureSide(file, name, context) {
  const side = file[name];
  const label = context.two ? `${name.toUpperCase()} ` : '';
  if (!side) return el('div', {}, missing(`${label}has no such picture`));
  // The same content is carried once.
  const data = side.data ?? (isSame(file) ? file[name === 'a' ? 'b' : 'a'].data : null);
  const type = side.media_type;
  if (!data || !/^image\/(png|jpeg|gif|webp|svg\+xml)$/.test(type ?? '')) {
    return el('div', {}, missing(`${label}${bytes(side.bytes)}, not shown: ${side.omitted}`));
  }
  const of = context.names[name === 'a' ? 0 : 1];
  const image = el('img', {
    src: `data:${type};base64,${data}`, alt: `${file.path} of ${of}`, decoding: 'async',
  });
  image.addEventListener('error', () =>
    image.replaceWith(missing(`${label}${bytes(side.bytes)}, not shown: the file is damaged`)));
  return el('div', {}, image, context.two && el('p', { class: 'side' }, context.badge(name), ` ${bytes(side.bytes)}`));
}

export function pictures(report, context) {
  return report.files.filter((file) => file.kind === 'picture').map((file) => {
    const same = isSame(file);
    const names = context.two && !same ? ['a', 'b'] : [file.a ? 'a' : 'b'];
    return el('figure', { class: 'pictures' },
      el('figcaption', {}, el('code', {}, file.path),
        same && el('span', { class: 'note' }, ' the same in A and B')),
      el('div', { class: 'beside' },
        names.map((name) => pictureSide(file, name, same ? { ...context, two: false } : context))));
  });
}

const sidesOf = (file, context) => (context.two ? [file.a, file.b] : [file.a]);

const omissions = (sides, context) => sides.map((side, i) =>
  side?.omitted && missing(`${context.labels[i]}: not drawn: ${side.omitted}`));

function matrixFigure(file, context) {
  const sides = sidesOf(file, context);
  return el('div', { class: 'evaluation' }, el('h3', {}, el('code', {}, file.path)),
    omissions(sides, context),
    matrixTables(sides.map((side) => side?.matrix ?? null), context.labels));
}

// Curves are laid over one another by their label.
function curveFigures(file, context) {
  const sides = sidesOf(file, context);
  const keys = [...new Set(sides.flatMap((side) =>
    (side?.curves ?? []).map((curve) => `${curve.kind}\0${curve.label ?? ''}`)))];
  return el('div', { class: 'evaluation' }, el('h3', {}, el('code', {}, file.path)),
    omissions(sides, context), el('div', { class: 'charts' }, keys.map((key) => {
      const [kind, label] = key.split('\0');
      const found = sides.map((side) => (side?.curves ?? []).find((curve) =>
        curve.kind === kind && (curve.label ?? '') === label) ?? null);
      const title = kind === 'roc' ? 'ROC curve' : 'Precision and recall';
      return rateFigure(label ? `${title} of ${label}` : title, found, context.labels);
    })));
}

export function evaluations(report, context) {
  return report.files.filter((file) => file.kind !== 'picture').map((file) =>
    (file.kind === 'curves' ? curveFigures(file, context) : matrixFigure(file, context)));
}
