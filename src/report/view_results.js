/* What the pipeline's author put into the report: the outputs with a caption, in order of their stages. */
import { fill, h } from './dom.js';
import { plural } from './format.js';
import { stageLink } from './parts.js';
import { isCaptioned, resultAt, resultsOf } from './results.js';

/** Is there any such output?
 * @param {import('./model.js').Model} model */
export function hasResults(model) {
	return model.stages.some((stage) => resultsOf(stage).some(isCaptioned));
}

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewResults(app) {
	const list = h('ul', { class: 'results' });
	const said = h('span', { class: 'faint', role: 'status' });
	const element = h('section', { class: 'view', 'aria-label': 'results' }, h('div', { class: 'tools' }, said),
		h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'results' }, list));
	return {
		element,
		update(reason) {
			if (reason !== 'data') return;
			const results = app.model.stages.flatMap(resultsOf).filter(isCaptioned);
			said.textContent = plural(results.length, 'result');
			fill(list, results.map((one) => h('li', null, resultAt(app.model, one, true, 'results'),
				h('p', { class: 'faint' }, 'made by ', stageLink(one.stage, app.facts[app.model.byName.get(one.stage)?.id ?? 0].state)))));
		},
	};
}
