import { h } from './dom.js';
/** @param {import('./app.js').App} _app @returns {import('./app.js').View} */
export function viewLog(_app) {
	return { element: h('section', { class: 'view' }), update() {} };
}
