/* Writes page.html: the sources of this folder as one file. The same sources and the versions of
 * package-lock.json make the same bytes.
 *
 *	node build.mjs [FILE]     FILE is page.html beside this script unless given */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const file = process.argv[2] ?? join(here, 'page.html');
const MARK = '/*DATA*/'; /* restage puts its data in the place of this */

async function bundle(entry, loader) {
	const result = await build({ entryPoints: [join(here, entry)], bundle: true, write: false, minify: true,
		format: 'iife', target: 'es2022', charset: 'ascii', legalComments: 'none', logLevel: 'warning', ...loader });
	return result.outputFiles[0].text.trim();
}

function digest(text) {
	return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const script = await bundle('main.js');
const style = await bundle('style.css');
/* either would begin another state of the HTML parser inside the script */
if (/<!--|<\/?script/i.test(script) || /<\/style/i.test(style)) throw new Error('the bundle holds markup');

const csp = ["default-src 'none'", `script-src ${digest(script)}`, `style-src ${digest(style)}`, "img-src 'self' data:", "media-src 'self' data:", "frame-src 'self'",
	"connect-src 'self'", "base-uri 'none'", "form-action 'none'"].join('; ');
const licence = readFileSync(join(here, 'node_modules/@dagrejs/dagre/LICENSE'), 'utf8').trim();
const parts = { CSP: csp, STYLE: style, DATA: MARK, SCRIPT: script,
	NOTICE: `<!-- This page contains dagre and graphlib:\n\n${licence}\n-->` };
const page = readFileSync(join(here, 'template.html'), 'utf8').replace(/@([A-Z]+)@/g, (_, name) => parts[name]);
if (page.split(MARK).length !== 2) throw new Error(`the page must hold ${MARK} once`);
writeFileSync(file, page);
