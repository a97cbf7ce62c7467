// SPDX-License-Identifier: Apache-2.0
import { disclosure, el, scrollable } from './dom.js';
import { bytes } from './words.js';

// What a terminal would show in the end: without colours, and of a line that was written over and
// over again the last state.
function settled(text) {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').split('\n').map((line) => {
    const states = line.replace(/\r+$/, '').split('\r');
    return states[states.length - 1];
  }).join('\n');
}

export function output(report) {
  const [side] = report.sides;
  return ['stdout', 'stderr'].map((name) => side[name] && disclosure(
    side[name].left_out > 0
      ? `${name}: the end, ${bytes(side[name].left_out)} before it are left out` : name,
    () => scrollable(`What the run printed to ${name}`, settled(side[name].text), 'pre')));
}
