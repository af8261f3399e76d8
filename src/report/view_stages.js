/* The table of stages: sorted by a click on a column's head, filtered by state and by words. */
import { fill, h, later } from './dom.js';
import { tally } from './facts.js';
import { bytes, count, megabytes, money, percent, plural, seconds } from './format.js';
import { empty, searchBox, stageLink, toggle } from './parts.js';
import { linkTo } from './route.js';
import { ORDER, shape, STATES } from './states.js';
import { virtualNew } from './virtual.js';

/** @typedef {import('./facts.js').Fact} Fact */
/** @typedef {import('./states.js').State} State */

/** @typedef {{id: string, head: string, title?: string, isText?: boolean,
 *   of: (fact: Fact) => number | string | null, cell?: (fact: Fact, most: number) => import('./dom.js').Child}} Column */

/** @type {Column[]} */
const COLUMNS = [
	{ id: 'number', head: '#', title: 'place in the definition', of: (fact) => fact.stage.id,
		cell: (fact) => fact.stage.number ?? fact.stage.id + 1 },
	{ id: 'name', head: 'Stage', isText: true, of: (fact) => fact.stage.name,
		cell: (fact) => stageLink(fact.stage.name) },
	{ id: 'state', head: 'State', isText: true, of: (fact) => ORDER.indexOf(fact.state),
		cell: (fact) => h('span', { class: 'state' }, shape(fact.state), ' ', STATES[fact.state].word,
			fact.attempts > 1 ? h('span', { class: 'faint' }, ` \u00d7${fact.attempts}`) : null,
			fact.progress === null ? null : h('span', { class: 'faint' }, ` ${percent(fact.progress * 100)}`)) },
	{ id: 'reason', head: 'Why', title: 'why it ran, or why not', isText: true, of: (fact) => fact.reason,
		cell: (fact) => h('span', { title: fact.reason }, fact.reason) },
	{ id: 'seconds', head: 'Took', of: (fact) => fact.seconds,
		cell: (fact, most) => bar(seconds(fact.seconds), fact.seconds, most) },
	{ id: 'cpu', head: 'CPU', title: 'processor time', of: (fact) => fact.cpu,
		cell: (fact) => seconds(fact.cpu) },
	{ id: 'memory', head: 'Memory', title: 'peak of all its processes', of: (fact) => fact.memory,
		cell: (fact, most) => bar(megabytes(fact.memory), fact.memory, most) },
	{ id: 'gpu', head: 'GPU', title: 'time in which its GPUs were busy', of: (fact) => fact.gpu, cell: (fact) => seconds(fact.gpu) },
	{ id: 'read', head: 'Read', of: (fact) => fact.read, cell: (fact) => megabytes(fact.read) },
	{ id: 'written', head: 'Written', of: (fact) => fact.written, cell: (fact) => megabytes(fact.written) },
	{ id: 'size', head: 'Outputs', title: 'size of what it made', of: (fact) => fact.outBytes,
		cell: (fact) => bytes(fact.outBytes) },
	{ id: 'warnings', head: 'Notes', title: 'errors and warnings', of: (fact) => fact.errors * 1e6 + fact.warnings || null,
		cell: (fact) => notes(fact) },
	{ id: 'cost', head: 'Cost', of: (fact) => Object.values(fact.costs ?? {})[0] ?? null, cell: (fact) => money(fact.costs) },
];

/** @param {string} text @param {number | null} value @param {number} most */
function bar(text, value, most) {
	return h('span', { class: 'bar' }, text, value && most > 0 && value / most > 0.005
		? h('i', { 'width%': Math.max(2, Math.round((value / most) * 100)) }) : null);
}

/** @param {Fact} fact */
function notes(fact) {
	if (!fact.errors && !fact.warnings) return null;
	const text = [fact.errors ? plural(fact.errors, 'error') : '', fact.warnings ? plural(fact.warnings, 'warning') : '']
		.filter(Boolean).join(', ');
	return h('a', { href: linkTo('problems', { of: fact.stage.name }), title: text, 'aria-label': `${fact.stage.name}: ${text}` },
		fact.errors ? `\u2716 ${fact.errors} ` : '', fact.warnings ? `\u25b2 ${fact.warnings}` : '');
}

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewStages(app) {
	/** @type {Set<State>} */
	const states = new Set();
	let text = '', sort = 'number', isDown = false;
	/** @type {Fact[]} */
	let shown = [];
	/** @type {Map<string, number>} */
	let most = new Map();
	/** @type {Column[]} */
	let columns = COLUMNS;

	const search = searchBox('filter stages', 'Filter: name, tag, reason', (value) => {
		text = value.trim().toLowerCase();
		soon();
	});
	const soon = later(refill, 80);
	const chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'states' });
	const said = h('span', { class: 'faint', role: 'status' });
	const head = h('tr');
	const body = h('tbody');
	const table = h('table', { class: 'stages' }, h('caption', { class: 'unseen' }, 'Stages'), h('thead', null, head), body);
	const scroller = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'table of stages' }, table);
	const none = empty('No stage matches');
	const element = h('section', { class: 'view', 'aria-label': 'stages' },
		h('div', { class: 'tools' }, search, chips, said), scroller, none);
	const rows = virtualNew(scroller, body, 29);

	/** @param {Fact} fact */
	function matches(fact) {
		if (states.size && !states.has(fact.state)) return false;
		if (!text) return true;
		const { name, description, tags, section } = fact.stage;
		return [name, description, section, fact.reason, ...tags].some((one) => one.toLowerCase().includes(text));
	}

	function refill() {
		const column = /** @type {Column} */ (COLUMNS.find((one) => one.id === sort));
		shown = app.facts.filter(matches);
		shown.sort((a, b) => compare(column.of(a), column.of(b), isDown) || a.stage.id - b.stage.id);
		for (const one of COLUMNS)
			most.set(one.id, app.facts.reduce((best, fact) => Math.max(best, Number(one.of(fact)) || 0), 0));
		said.textContent = shown.length === app.facts.length ? plural(shown.length, 'stage')
			: `${count(shown.length)} of ${plural(app.facts.length, 'stage')}`;
		none.hidden = shown.length > 0;
		table.setAttribute('aria-rowcount', String(shown.length + 1));
		rows.set({ count: shown.length, render });
	}

	/** @param {number} i */
	function render(i) {
		const fact = shown[i];
		const row = h('tr', { class: fact.isOld ? 'old' : null, 'aria-rowindex': i + 2,
			'data-stage': fact.stage.name, 'aria-current': app.route.at.get('stage') === fact.stage.name ? 'true' : null },
		columns.map((column) => {
			const content = column.cell?.(fact, most.get(column.id) ?? 0) ?? column.of(fact);
			const cell = column.id === 'name' ? h('th', { scope: 'row' }, content) : h('td', null, content);
			cell.className = `c-${column.id}${column.isText ? '' : ' num'}`;
			return cell;
		}));
		row.addEventListener('click', (event) => {
			if (!(event.target instanceof Element) || event.target.closest('a') || getSelection()?.toString()) return;
			app.goStage(fact.stage.name);
		});
		return row;
	}

	function drawHead() {
		fill(head, columns.map((column) => {
			const isSorted = column.id === sort;
			return h('th', { scope: 'col', class: `c-${column.id}${column.isText ? '' : ' num'}`,
				'aria-sort': isSorted ? (isDown ? 'descending' : 'ascending') : null },
			h('button', { type: 'button', title: column.title ?? null, onclick: () => sortBy(column.id) },
				column.head, h('span', { class: 'arrow', 'aria-hidden': 'true' },
					isSorted ? (isDown ? '\u2193' : '\u2191') : '')));
		}));
	}

	/** @param {string} id */
	function sortBy(id) {
		const isText = COLUMNS.find((one) => one.id === id)?.isText || id === 'number';
		/* figures begin with the largest: that is what one looks for */
		isDown = sort === id ? !isDown : !isText;
		sort = id;
		drawHead();
		refill();
		/** @type {HTMLElement | null} */ (head.querySelector('[aria-sort] button'))?.focus();
	}

	function drawChips() {
		fill(chips, tally(app.facts).map(({ state, count: many }) => toggle(states.has(state), () => {
			if (!states.delete(state)) states.add(state);
			drawChips();
			refill();
			/** @type {HTMLElement | null} */ (chips.querySelector(`[data-state="${state}"]`))?.focus();
		}, shape(state, 12), ` ${STATES[state].word} `, h('b', null, count(many)))));
		tally(app.facts).forEach(({ state }, i) => chips.children[i].setAttribute('data-state', state));
	}

	return {
		element,
		search,
		update(reason) {
			if (reason === 'data') {
				columns = COLUMNS.filter((column) => !['cost', 'warnings', 'gpu', 'read', 'written'].includes(column.id) ||
					app.facts.some((fact) => column.of(fact)));
				for (const state of states) if (!app.facts.some((fact) => fact.state === state)) states.delete(state);
				drawChips();
				drawHead();
			}
			const of = app.route.at.get('of');
			if (reason === 'route' && of !== null && of !== text) {
				search.value = of;
				text = of.toLowerCase();
			}
			const only = app.route.at.get('state');
			if (reason !== 'data' && only && only in STATES && !(states.size === 1 && states.has(/** @type {State} */ (only)))) {
				states.clear();
				states.add(/** @type {State} */ (only));
				drawChips();
			}
			refill();
			const name = reason === 'route' ? app.route.at.get('stage') : null;
			const at = name === null ? -1 : shown.findIndex((fact) => fact.stage.name === name);
			if (at >= 0) rows.show(at);
		},
	};
}

/** Nothing known comes last, whichever way.
 * @param {number | string | null} a @param {number | string | null} b @param {boolean} isDown */
function compare(a, b, isDown) {
	if (a === null || a === '' || b === null || b === '')
		return Number(a === null || a === '') - Number(b === null || b === '');
	const way = typeof a === 'string' && typeof b === 'string'
		? a.localeCompare(b, 'en', { numeric: true }) : Number(a) - Number(b);
	return isDown ? -way : way;
}
