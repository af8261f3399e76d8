/* Lineage: all tracked files, and for one of them what made it, from what, all the way up, and what
 * used it, all the way down. */
import { fill, h, later } from './dom.js';
import { bytes, plural } from './format.js';
import { reach } from './lineage.js';
import { empty, fileLink, madeLink, searchBox, stageLink, toggle } from './parts.js';
import { resultAt } from './results.js';
import { virtualNew } from './virtual.js';

/** @typedef {import('./lineage.js').File} File */

const FEW = 6, DEEP = 4; /* what is open to begin with */
const MOST = 40; /* files or stages of a branch until one asks for more */

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewFiles(app) {
	let text = '', kind = '';
	/** @type {File[]} */
	let shown = [];
	const search = searchBox('filter files', 'Filter: path or type', (value) => {
		text = value.trim().toLowerCase();
		soon();
	});
	const soon = later(refill, 80);
	const chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'kinds of files' });
	const said = h('span', { class: 'faint', role: 'status' });
	const body = h('div', { class: 'file-rows' });
	const list = h('div', { class: 'scroll file-list', tabindex: '0', role: 'region', 'aria-label': 'files' }, body);
	const detail = h('div', { class: 'scroll file-detail', tabindex: '0', role: 'region', 'aria-label': 'lineage' });
	const split = h('div', { class: 'split' }, list, detail);
	const none = empty('No file is known: nothing has run yet');
	const element = h('section', { class: 'view', 'aria-label': 'files' }, h('div', { class: 'tools' }, search, chips, said), split, none);
	const rows = virtualNew(list, body, 30);

	/** @param {File} file */
	function kindOf(file) {
		if (file.maker === null) return 'sources';
		return file.isIntermediate ? 'intermediate' : file.users.length ? 'between' : 'results';
	}

	function drawChips() {
		fill(chips, ['sources', 'between', 'intermediate', 'results'].map((name) => toggle(kind === name, () => {
			kind = kind === name ? '' : name;
			drawChips();
			refill();
		}, name)));
	}

	function refill() {
		const files = [...app.lineage().files.values()];
		shown = files.filter((file) => (!kind || kindOf(file) === kind) &&
			(!text || file.path.toLowerCase().includes(text) || file.type.toLowerCase().includes(text)));
		said.textContent = shown.length === files.length ? plural(files.length, 'file') : `${shown.length} of ${plural(files.length, 'file')}`;
		none.hidden = files.length > 0;
		split.hidden = !files.length;
		rows.set({ count: shown.length, render });
	}

	/** @param {number} i */
	function render(i) {
		const file = shown[i];
		return h('div', { class: 'file-row', 'aria-current': app.route.at.get('file') === file.path ? 'true' : null },
			fileLink(file.path), madeLink(app, file.path), h('span', { class: 'faint num' }, bytes(file.size)));
	}

	function drawDetail() {
		const path = app.route.at.get('file');
		const file = path === null ? undefined : app.lineage().files.get(path);
		split.classList.toggle('chosen', !!file);
		if (!file) return void fill(detail, empty(path === null ? 'Choose a file to see what made it and what used it' : `${path} is not tracked`));
		const up = reach(app.lineage(), file, 'up'), down = reach(app.lineage(), file, 'down');
		fill(detail,
			h('p', { class: 'back' }, h('a', { href: '#files' }, '\u2190 All files')),
			h('h2', { class: 'path', tabindex: '-1' }, h('bdi', null, file.path)),
			h('p', { class: 'faint' }, [kindOf(file) === 'sources' ? 'source' : kindOf(file) === 'results' ? 'result' : 'made and used',
				file.type, bytes(file.size)].filter(Boolean).join(', ')),
			file.checksum ? h('p', { class: 'faint mono' }, file.checksum) : null,
			file.row && file.maker !== null ? resultAt(app.model, { stage: app.model.stages[file.maker].name, file: file.row }, true, 'files') : null,
			h('div', { class: 'ways' },
				h('div', null, h('h3', null, up.length ? `Made by \u2013 ${plural(up.length, 'stage')} all the way up` : 'Made by'),
					file.maker === null ? h('p', { class: 'faint' }, 'No stage makes it: it is a source.') : h('ul', { class: 'tree' }, stageBranch(file.maker, 'up', 0))),
				h('div', null, h('h3', null, down.length ? `Used by \u2013 ${plural(down.length, 'stage')} all the way down` : 'Used by'),
					file.users.length ? h('ul', { class: 'tree' }, branches(file.users, (id) => stageBranch(id, 'down', file.users.length < 4 ? 0 : DEEP)))
						: h('p', { class: 'faint' }, 'No stage uses it: it is a result.'))));
		detail.scrollTop = 0;
	}

	/** @template T @param {T[]} items @param {(item: T) => HTMLElement} make @returns {HTMLElement[]} */
	function branches(items, make) {
		const made = items.slice(0, MOST).map(make);
		if (items.length <= MOST) return made;
		const rest = h('li', null, h('button', { type: 'button', class: 'toggle', onclick: () => rest.replaceWith(...items.slice(MOST).map(make)) },
			`${items.length - MOST} more`));
		return [...made, rest];
	}

	/** A stage with its files of the other side, which open when one asks.
	 * @param {number} id @param {'up' | 'down'} way @param {number} depth @returns {HTMLElement} */
	function stageBranch(id, way, depth) {
		const lineage = app.lineage(), stage = app.model.stages[id];
		const paths = way === 'up' ? lineage.used[id] : lineage.made[id];
		const name = stageLink(stage.name, app.facts[id].state);
		if (!paths.length) return h('li', null, name);
		return opening(name, `${way === 'up' ? 'from' : 'into'} ${plural(paths.length, 'file')}`, depth < DEEP && paths.length <= FEW,
			() => branches(paths, (path) => fileBranch(path, way, depth + 1)));
	}

	/** @param {string} path @param {'up' | 'down'} way @param {number} depth @returns {HTMLElement} */
	function fileBranch(path, way, depth) {
		const file = app.lineage().files.get(path);
		const next = !file ? [] : way === 'up' ? (file.maker === null ? [] : [file.maker]) : file.users;
		if (!next.length) return h('li', null, fileLink(path), way === 'up' ? null : h('span', { class: 'faint' }, ' result'));
		return opening(fileLink(path), way === 'up' ? 'made by' : `used by ${plural(next.length, 'stage')}`, depth < DEEP && next.length <= FEW,
			() => branches(next, (id) => stageBranch(id, way, depth + 1)));
	}

	/** @param {Node} name @param {string} more @param {boolean} isOpen @param {() => HTMLElement[]} make */
	function opening(name, more, isOpen, make) {
		const inner = h('ul');
		const button = h('button', { type: 'button', class: 'opens', 'aria-expanded': String(isOpen) }, more);
		const set = (/** @type {boolean} */ open) => {
			button.setAttribute('aria-expanded', String(open));
			inner.hidden = !open;
			if (open && !inner.firstChild) inner.append(...make());
		};
		button.addEventListener('click', () => set(inner.hidden === true));
		set(isOpen);
		return h('li', null, name, ' ', button, inner);
	}

	drawChips();
	return {
		element,
		search,
		update() {
			refill();
			drawDetail();
			const path = app.route.at.get('file');
			const at = path === null ? -1 : shown.findIndex((file) => file.path === path);
			if (at >= 0) rows.show(at);
		},
	};
}
