/**
 * `npm run dashboard:picture [-- FILE SECONDS]`: draws the dashboard, with data that a real Prometheus scraped from two replicas under load, into
 * FILE, docs/dashboard.png by default, using headless Chromium.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Panel, Row } from '../../cmd/reference/dashboard/panel.ts';
import { rows } from '../../cmd/reference/dashboard/panels.ts';
import { chart, escapeText, type Drawn } from './chart-svg.ts';
import { hasPrometheus } from './prometheus.ts';
import { watch, type Watched } from './watched.ts';

const [file = fileURLToPath(new URL('../../docs/dashboard.png', import.meta.url)), seconds = '90'] = process.argv.slice(2);
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => spawnSync('which', [name]).status === 0);
const WIDTH = 1200;
const HEIGHT = 3250;

if (browser === undefined || !hasPrometheus) {
  process.stderr.write(`skipped: ${browser === undefined ? 'chromium' : 'prometheus'} is not installed\n`);
  process.exit(0);
}
const watched = await watch(Number(seconds));
const drawn = await Promise.all(
  rows.map(async (row) => ({ row, panels: await Promise.all(row.panels.map((panel) => draw(panel, watched))) })),
);
await watched.close();
takePicture(browser, page(drawn));
process.stdout.write(`${file}\n`);

async function draw(panel: Panel, { range }: Watched): Promise<Drawn> {
  const series = await Promise.all(
    panel.queries.map(async ({ expression, legend }) =>
      (await range(expression)).map((one) => ({
        ...one,
        legend: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => one.labels[label] ?? ''),
      })),
    ),
  );
  return { panel, series: series.flat() };
}

function page(all: readonly { readonly row: Row; readonly panels: readonly Drawn[] }[]): string {
  const style = `body{font:11px sans-serif;margin:8px;width:${WIDTH - 16}px;background:#f4f5f5;color:#222} h1{font-size:17px;margin:4px} h2{font-size:13px;margin:8px 4px 2px}
.row{display:flex;flex-wrap:wrap} .panel{box-sizing:border-box;padding:3px} .panel>div{background:#fff;border:1px solid #ddd;padding:5px;height:100%;box-sizing:border-box}
h3{font-size:11px;margin:0 0 3px} .number{font-size:24px;text-align:center;padding:10px} .legend{font-size:9px;line-height:12px;max-height:36px;overflow:hidden} svg{width:100%} text{font-size:9px;fill:#555}`;
  const panels = (drawnPanels: readonly Drawn[]): string =>
    drawnPanels
      .map(
        (one) =>
          `<div class="panel" style="width:${(one.panel.width / 24) * 100}%"><div><h3>${escapeText(one.panel.title)}</h3>${chart(one)}</div></div>`,
      )
      .join('');
  const body = all.map(({ row, panels: inRow }) => `<h2>${escapeText(row.title)}</h2><div class="row">${panels(inRow)}</div>`).join('');
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><h1>kubezone</h1>${body}`;
}

function takePicture(command: string, html: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'kubezone-picture-'));
  try {
    writeFileSync(join(folder, 'page.html'), html);
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--hide-scrollbars',
    ];
    const shot = [
      `--user-data-dir=${join(folder, 'profile')}`,
      `--window-size=${WIDTH},${HEIGHT}`,
      `--screenshot=${file}`,
      `file://${join(folder, 'page.html')}`,
    ];
    const { status, stderr } = spawnSync(command, [...flags, ...shot], { encoding: 'utf8', timeout: 60_000 });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
