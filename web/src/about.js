// SPDX-License-Identifier: Apache-2.0
import { el } from './dom.js';
import { time } from './words.js';

export function about(report) {
  return [
    report.notes.length > 0 && el('ul', {}, report.notes.map((note) => el('li', {}, note))),
    el('p', { class: 'remark' },
      `Made by mlrepro ${report.version} on ${time(report.made_at)}. This file is complete: it loads `
      + 'nothing and sends nothing. Times are in UTC. Curves of more than 1,024 points are drawn as the '
      + 'least and the greatest value of each of equally wide spans of steps; the tables below the '
      + 'charts have what was drawn.')];
}
