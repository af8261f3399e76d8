/* The frame around the views: header, tabs, the view that the address names, the panel of a stage
 * beside it; and what happens when the address or the data changes. */
import { fill, h, later, onceAFrame } from './dom.js';
import { criticalPath, factsOf, totalsOf } from './facts.js';
import { drawHeader } from './header.js';
import { lineageOf } from './lineage.js';
import { currentRun } from './model.js';
import { linkTo, routeNow } from './route.js';
import { viewFiles } from './view_files.js';
import { viewGraph } from './view_graph.js';
import { viewLog } from './view_log.js';
import { hasMetrics, viewMetrics } from './view_metrics.js';
import { viewProblems } from './view_problems.js';
import { hasResults, viewResults } from './view_results.js';
import { stagePanel } from './view_stage.js';
import { viewStages } from './view_stages.js';
import { viewTimeline } from './view_timeline.js';

/** What a view is told: the data is other, or only the place in the page is.
 * @typedef {'data' | 'route'} Reason */

/** @typedef {{element: HTMLElement, update: (reason: Reason) => void, search?: HTMLInputElement}} View */

/** @typedef {{model: import('./model.js').Model, route: import('./route.js').Route,
 *   facts: import('./facts.js').Fact[], totals: import('./facts.js').Totals, critical: number[],
 *   lineage: () => import('./lineage.js').Lineage, go: (address: string) => void,
 *   goStage: (name: string) => void, changed: () => void, status: string}} App */

/** @type {{id: string, name: string, make: (app: App) => View, isFor?: (model: import('./model.js').Model) => boolean}[]} */
const TABS = [
	{ id: 'stages', name: 'Stages', make: viewStages },
	{ id: 'graph', name: 'Graph', make: viewGraph },
	{ id: 'timeline', name: 'Timeline', make: viewTimeline },
	{ id: 'files', name: 'Files', make: viewFiles },
	{ id: 'problems', name: 'Problems', make: viewProblems },
	{ id: 'log', name: 'Log', make: viewLog },
	{ id: 'metrics', name: 'Metrics', make: viewMetrics, isFor: hasMetrics },
	{ id: 'results', name: 'Results', make: viewResults, isFor: hasResults },
];

/** @param {import('./model.js').Model} model @returns {App} */
export function appStart(model) {
	/** @type {import('./lineage.js').Lineage | null} */
	let lineage = null;
	/** @type {Map<string, View>} */
	const views = new Map();
	/** Change of the data that a view has seen. @type {Map<string, number>} */
	const seen = new Map();
	let round = 0;
	/** @type {App} */
	const app = {
		model, route: routeNow(), facts: [], totals: /** @type {any} */ (null), critical: [], status: '',
		lineage: () => (lineage ??= lineageOf(model)),
		go(address) {
			location.hash = address;
		},
		goStage(name) {
			const { view, at } = routeNow();
			const rest = Object.fromEntries(at);
			app.go(linkTo(view || 'stages', { ...rest, stage: rest.stage === name ? null : name }));
		},
		changed: () => recompute(),
	};

	const header = h('header', { class: 'top' });
	const tabs = h('nav', { class: 'tabs', 'aria-label': 'views' });
	const main = h('main', { id: 'main', tabindex: '-1' });
	const panel = h('aside', { class: 'panel', 'aria-label': 'stage', tabindex: '-1' });
	const body = h('div', { class: 'body' }, main, panel);
	document.body.replaceChildren(h('a', { class: 'skip', href: '#main', onclick: skip }, 'Skip to content'),
		header, tabs, body);

	/** @param {Event} event */
	function skip(event) {
		event.preventDefault();
		main.focus();
	}

	/** Where a reader begins who was led to no view: of a run that failed, at what failed. */
	function firstView() {
		return app.facts.some((fact) => fact.state === 'failed') || currentRun(model)?.end?.error ? 'problems' : TABS[0].id;
	}

	function drawTabs() {
		const problems = app.facts.reduce((sum, fact) => sum + (fact.state === 'failed' ? 1 : 0), 0);
		fill(tabs, TABS.filter((tab) => !tab.isFor || tab.isFor(model)).map((tab) => h('a', { href: linkTo(tab.id, { stage: tab.id === 'log' ? null : app.route.at.get('stage') }),
			'aria-current': tab.id === app.route.view ? 'page' : null }, tab.name,
		tab.id === 'problems' && problems ? h('span', { class: 'badge', 'aria-label': `${problems} failed` }, problems) : null)));
	}

	/** @param {Reason} reason */
	function show(reason) {
		const tab = TABS.find((one) => one.id === (app.route.view || firstView())) ?? TABS[0];
		app.route.view = tab.id;
		/* the address names what is shown, and links beside it count on that */
		if (!routeNow().view) history.replaceState(null, '', linkTo(tab.id, Object.fromEntries(app.route.at)));
		let view = views.get(tab.id);
		if (!view) {
			view = tab.make(app);
			views.set(tab.id, view);
			main.append(view.element);
		}
		for (const [id, one] of views) one.element.hidden = id !== tab.id;
		drawTabs();
		if (seen.get(tab.id) !== round) {
			seen.set(tab.id, round);
			view.update('data');
			view.update('route');
		} else if (reason === 'route') view.update('route');
		showPanel();
		document.title = `${tab.name} \u2013 ${model.data.job ?? model.data.pipeline ?? 'restage'}`;
	}

	function showPanel() {
		const name = app.route.at.get('stage');
		const stage = name === null || app.route.view === 'log' ? undefined : model.byName.get(name);
		const wasOpen = !panel.hidden, was = panel.getAttribute('data-stage');
		panel.hidden = !stage;
		body.classList.toggle('with-panel', !!stage);
		if (!stage) {
			panel.removeAttribute('data-stage');
			panel.replaceChildren();
			if (wasOpen && was !== null) leadBack(was);
			return;
		}
		if (was === stage.name && panel.getAttribute('data-round') === String(round)) return;
		const top = was === stage.name ? panel.scrollTop : 0;
		panel.setAttribute('data-stage', stage.name);
		panel.setAttribute('data-round', String(round));
		const held = panel.contains(document.activeElement);
		fill(panel, stagePanel(app, stage));
		panel.scrollTop = top;
		if (was !== stage.name || held) panel.focus({ preventScroll: true });
	}

	/** The focus goes to what leads to the stage whose panel was closed. @param {string} name */
	function leadBack(name) {
		const from = [...main.querySelectorAll('[data-to]')].find((one) => one.getAttribute('data-to') === name && one.checkVisibility());
		if (from instanceof HTMLElement || from instanceof SVGElement) from.focus({ preventScroll: true });
		else main.focus();
	}

	function recompute() {
		round++;
		lineage = null;
		app.facts = factsOf(model);
		app.totals = totalsOf(model, app.facts);
		app.critical = currentRun(model) ? criticalPath(model, app.facts) : [];
		drawHeader(app, header);
		show('data');
	}

	addEventListener('hashchange', () => {
		app.route = routeNow();
		show('route');
	});
	addEventListener('keydown', (event) => key(event));

	/** @param {KeyboardEvent} event */
	function key(event) {
		const target = event.target instanceof HTMLElement ? event.target : null;
		const types = target?.matches('input, select, textarea');
		if (event.key === 'Escape' && app.route.at.get('stage') !== null && !types) {
			const rest = Object.fromEntries(app.route.at);
			app.go(linkTo(app.route.view, { ...rest, stage: null }));
			return;
		}
		if (types || event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.key >= '1' && event.key <= String(TABS.length)) {
			app.go(linkTo(TABS[Number(event.key) - 1].id, { stage: app.route.at.get('stage') }));
		} else if (event.key === '/') {
			const search = views.get(app.route.view)?.search;
			if (!search) return;
			event.preventDefault();
			search.focus();
			search.select();
		}
	}

	recompute();
	const soon = later(recompute, 60), frame = onceAFrame(recompute);
	let last = 0;
	model.listeners.add(() => {
		/* a flood of events draws a few times a second, a single one at once */
		const now = performance.now();
		if (now - last > 250) {
			last = now;
			frame();
		} else soon();
	});
	return app;
}
