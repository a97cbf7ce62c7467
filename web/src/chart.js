// SPDX-License-Identifier: Apache-2.0
// The frame that all charts share: axes, a place to draw, and a readout that the pointer and the arrow
// keys move. Colours come from the style sheet, so that light, dark and paper need no second drawing.
import { scaleLinear } from 'd3-scale';
import { el, svg, freshId } from './dom.js';
import { count, number } from './words.js';

const margin = { top: 10, right: 24 };
const letterWidth = 6.4;  // of the axes' font, about

function labels(scale, ticks, { share = false, whole = false } = {}) {
  const values = scale.ticks(ticks).filter((value) => !whole || Number.isInteger(value));
  if (share) return values.map((value) => ({ value, text: `${+(value * 100).toFixed(2)} %` }));
  const largest = Math.max(...scale.domain().map(Math.abs));
  const format = whole ? count : largest >= 1e6 ? scale.tickFormat(ticks, '~s')
    : largest < 1e-3 ? scale.tickFormat(ticks, '.2~e') : scale.tickFormat(ticks);
  return values.map((value) => ({ value, text: value === 0 ? '0' : format(value).replace('-', '−') }));
}

// Room around a constant, so that its line does not lie on the frame.
export function padded([low, high]) {
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) / 10;
    return [low - room, high + room];
  }
  return [low, high];
}

function axes(x, y, height, { left, right, bottom }, { names, bare, percent, whole }) {
  const yTicks = labels(y, 5, { share: percent }).map(({ value, text }) => [
    svg('line', { class: 'grid', x1: left, x2: right, y1: y(value), y2: y(value) }),
    svg('text', { x: left - 8, y: y(value), dy: '0.32em', 'text-anchor': 'end' }, text)]);
  const room = Math.max(2, Math.floor((right - left) / 80));
  const xTicks = bare ? [] : labels(x, room, { whole }).map(({ value, text }) => [
    svg('line', { class: 'tick', x1: x(value), x2: x(value), y1: bottom, y2: bottom + 4 }),
    svg('text', { x: x(value), y: bottom + 16, 'text-anchor': 'middle' }, text)]);
  return svg('g', { class: 'axes' },
    yTicks, xTicks,
    svg('line', { class: 'base', x1: left, x2: right, y1: bottom, y2: bottom }),
    names.x && svg('text', { class: 'name', x: right, y: height - 4, 'text-anchor': 'end' }, names.x),
    names.y && svg('text', { class: 'name', x: left, y: 9 }, names.y));
}

// A chart is {title, height, x: [low, high], y: [low, high], names: {x, y} of the axes, draw(x, y, box),
// stops: the x values that the readout stops at, words(index): what it says there, rest: what it says
// elsewhere, bare: no ticks below, whole: x is counted, percent: y is a share}.
export function chart(options) {
  const plot = el('div', { class: 'plot' });
  const readout = options.stops?.length > 1 ? reader(options) : null;
  const render = (width) => {
    const height = options.height ?? 220;
    const top = options.names.y ? 18 : margin.top;
    const bottom = height - (options.bare ? 22 : 36);
    const y = scaleLinear(options.y, [bottom, top]).nice(5);
    const left = 14 + letterWidth * Math.max(...labels(y, 5, { share: options.percent }).map(({ text }) => text.length), 1);
    const x = scaleLinear(options.x, [left, width - margin.right]);
    const box = { left, right: width - margin.right, top, bottom };
    const picture = svg('svg', {
      viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': options.title, focusable: 'false',
    }, axes(x, y, height, box, options), options.draw(x, y, box),
    readout?.mark(x, box));
    plot.replaceChildren(picture, ...(readout ? [readout.handle(x, width)] : []));
  };
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.round(plot.clientWidth);
    if (width > 0 && width !== drawn) {
      drawn = width;
      render(width);
    }
  }).observe(plot);
  return [plot, readout?.output];
}

function nearest(stops, value) {
  let low = 0;
  let high = stops.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (stops[middle] <= value) low = middle;
    else high = middle;
  }
  return value - stops[low] <= stops[high] - value ? low : high;
}

// A line over the chart that is moved like a slider, and what is said of the place where it is.
function reader(options) {
  const { stops, words } = options;
  const rest = options.rest ?? '';
  const output = el('p', { class: 'readout', id: freshId('readout') }, rest);
  let at = null;
  let scale = null;
  let line = null;
  const say = (index, handle) => {
    at = Math.max(0, Math.min(stops.length - 1, index));
    const text = words(at);
    output.textContent = text;
    line.setAttribute('x1', scale(stops[at]));
    line.setAttribute('x2', scale(stops[at]));
    line.classList.add('shown');
    handle.setAttribute('aria-valuenow', at + 1);
    handle.setAttribute('aria-valuetext', text);
  };
  const hush = () => {
    output.textContent = rest;
    line.classList.remove('shown');
  };
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -20, PageUp: 20 };
  const handle = (x, width) => {
    const slider = el('div', {
      class: 'slider', role: 'slider', tabindex: '0', 'aria-label': `Read ${options.title}`,
      'aria-valuemin': 1, 'aria-valuemax': stops.length, 'aria-valuenow': (at ?? 0) + 1,
      'aria-valuetext': words(at ?? 0),
    });
    slider.addEventListener('pointermove', (event) => {
      const place = slider.getBoundingClientRect();
      say(nearest(stops, x.invert((event.clientX - place.left) * (width / place.width))), slider);
    });
    slider.addEventListener('pointerleave', hush);
    slider.addEventListener('blur', hush);
    slider.addEventListener('keydown', (event) => {
      const ends = { Home: 0, End: stops.length - 1 };
      const next = event.key in ends ? ends[event.key]
        : event.key in moves ? (at ?? 0) + moves[event.key] : null;
      if (next !== null) {
        event.preventDefault();
        say(next, slider);
      }
    });
    return slider;
  };
  const mark = (x, box) => {
    scale = x;
    line = svg('line', { class: 'cursor', y1: box.top, y2: box.bottom, x1: box.left, x2: box.left });
    return line;
  };
  return { output, handle, mark };
}

// The letter of a side at the end of its line; two that would lie over one another move apart.
export function endLetters(ends, box) {
  const sorted = ends.filter(Boolean).sort((one, other) => one.y - other.y);
  if (sorted.length === 2 && sorted[1].y - sorted[0].y < 13) {
    const middle = (sorted[0].y + sorted[1].y) / 2;
    sorted[0].y = middle - 6.5;
    sorted[1].y = middle + 6.5;
  }
  return sorted.map(({ letter, y, x }) => svg('text', {
    class: `letter side-${letter}`, x: x + 6, y: Math.min(Math.max(y, box.top), box.bottom),
    dy: '0.35em',
  }, letter.toUpperCase()));
}

export const extent = (values) => {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (typeof value === 'number') {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
};

export const spanText = (low, high) =>
  (high === undefined || low === high ? number(low) : `${number(low)} to ${number(high)}`);
