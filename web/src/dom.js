// SPDX-License-Identifier: Apache-2.0
// Elements from text. All that a report holds is somebody's text: it becomes text nodes and values of
// a few harmless attributes, never markup.

const svgSpace = 'http://www.w3.org/2000/svg';
// Control characters, and those that turn the direction of the text around them.
const hidden =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export function visible(text) {
  return String(text).replace(hidden, (letter) =>
    `⟨U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

function append(element, child) {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) {
    child.forEach((item) => append(element, item));
  } else {
    element.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  }
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  append(element, children);
  return element;
}

export const el = (name, attributes, ...children) =>
  fill(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) =>
  fill(document.createElementNS(svgSpace, name), attributes, children);

// Read aloud and not shown.
export const aside = (text) => el('span', { class: 'aside' }, text);

let lastId = 0;
export const freshId = (stem) => `${stem}-${++lastId}`;

// Whatever is wider than its place is scrolled there, by keyboard too, and not with the page.
export function scrollable(label, content, name = 'div') {
  const box = el(name, { class: 'scroll' }, content);
  const update = () => {
    const wide = box.scrollWidth > box.clientWidth + 1;
    for (const [key, value] of [['tabindex', '0'], ['role', 'region'], ['aria-label', visible(label)]]) {
      if (wide) box.setAttribute(key, value);
      else box.removeAttribute(key);
    }
  };
  new ResizeObserver(update).observe(box);
  return box;
}

// What is made when it is first opened: a page has thousands of rows that few people look at.
export function disclosure(summary, make, attributes = {}) {
  const details = el('details', attributes, el('summary', {}, summary));
  let made = false;
  const open = () => {
    if (details.open && !made) {
      made = true;
      append(details, make());
    }
  };
  details.addEventListener('toggle', open);
  if (details.open) open();
  return details;
}
