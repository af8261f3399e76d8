import { h } from './dom.js';
/** @param {import('./app.js').App} _app @param {import('./model.js').Stage} stage */
export function stagePanel(_app, stage) {
	return [h('h2', null, stage.name)];
}
