// SPDX-License-Identifier: Apache-2.0
import { page } from './page.js';

const report = JSON.parse(document.getElementById('report').textContent);
document.getElementById('page').replaceWith(...page(report));
