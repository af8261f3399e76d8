/* The beginning: reads the data, shows the page, and listens if there is something to listen to. */
import { appStart } from './app.js';
import { h } from './dom.js';
import { restoreTheme } from './header.js';
import { modelApply, modelNew } from './model.js';

/** Much data is compressed: an object that has the real one as zlib packs it, in base64.
 * @param {string} base64 */
async function unpack(base64) {
	const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
	return JSON.parse(await new Response(stream).text());
}

/** @returns {Promise<import('./types.js').ReportData | string>} the data, or why there is none */
async function readData() {
	const element = document.getElementById('data');
	try {
		let data = JSON.parse(element?.textContent ?? '');
		if (typeof data?.deflate === 'string') {
			if (typeof DecompressionStream === 'undefined')
				return 'this browser cannot unpack the data of this page: open it in Chromium 80, Firefox 113, Safari 16.4 or a later one, or look at the job by restage serve';
			element?.remove(); /* what was read is not kept twice */
			data = await unpack(data.deflate);
		}
		if (!String(data?.schema).startsWith('restage.report/1'))
			return `this page shows restage.report/1, and its data is ${JSON.stringify(data?.schema ?? null)}`;
		return data;
	} catch {
		return 'this page has no data: it is made by restage report';
	}
}

/** @param {import('./model.js').Model} model @param {import('./app.js').App} app @param {string} address */
function listen(model, app, address) {
	const stream = new EventSource(address);
	/** @param {string} status */
	const say = (status) => {
		if (app.status === status) return;
		app.status = status;
		for (const listener of model.listeners) listener();
	};
	stream.onopen = () => say('live');
	stream.onerror = () => say(stream.readyState === EventSource.CLOSED ? 'no longer connected' : 'connecting again');
	stream.onmessage = (event) => {
		try {
			modelApply(model, JSON.parse(event.data));
		} catch {
			return; /* a line that is not whole is nobody's */
		}
		for (const listener of model.listeners) listener();
	};
}

async function start() {
	restoreTheme();
	const data = await readData();
	if (typeof data === 'string') return void document.body.replaceChildren(h('main', null, h('p', { class: 'empty' }, data)));
	const model = modelNew(data);
	const app = appStart(model);
	if (data.live && /^https?:$/.test(location.protocol)) listen(model, app, data.live.events);
}

void start();
