// Keeps one headless Chromium and opens pages in it, each in a context of its own
// behind its own HTTP proxy. Reads one JSON object a line from standard input:
//
//	{"id": "a", "url": "http://…", "proxy": "http://…"}   opens
//	{"id": "a", "close": true}                            closes
//
// and answers {"id", "version"}, {"id", "closed"} or {"id", "error"}. It ends with
// its input.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio',
    '--autoplay-policy=no-user-gesture-required', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    // Two pages play at once and neither is looked at: both are in the foreground.
    '--disable-background-timer-throttling', '--disable-renderer-backgrounding',
    '--disable-backgrounding-occluded-windows',
    // Pages and streams are all on loopback; nobody is there to be asked.
    '--disable-features=LocalNetworkAccessChecks',
  ],
})
const contexts = new Map()
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

// raise gives Chromium's processes the priority that this program was started
// with, but for those that Chromium itself puts into the background. Processes come
// and go, and Chromium changes its mind: it is done again and again. Where the
// kernel groups processes by session (autogroup), a group's own priority is what
// counts against the others, and Chromium is a group of its own.
const session = await browser.newBrowserCDPSession()
async function raise() {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  for (const { id, type } of processInfo) {
    if (type === 'browser') regroup(id)
    if (getPriority(id) > 0) continue
    for (const thread of readdirSync(`/proc/${id}/task`)) setPriority(Number(thread), getPriority())
  }
}
function regroup(id) {
  const [mine, theirs] = ['self', id].map((process) => /nice (-?\d+)/.exec(readFileSync(`/proc/${process}/autogroup`, 'utf8'))[1])
  if (mine !== theirs) writeFileSync(`/proc/${id}/autogroup`, mine)
}
if (getPriority() < 0) setInterval(() => raise().catch(() => {}), 500) // a process may end meanwhile, and not every kernel groups

async function open({ id, url, proxy }) {
  const context = await browser.newContext({ proxy: { server: proxy, bypass: '<-loopback>' } })
  contexts.set(id, context)
  const page = await context.newPage()
  page.on('pageerror', (e) => console.error(`${id}: ${e.message}`))
  page.on('console', (m) => m.type() === 'error' && process.env.LOUD && console.error(`${id}: ${m.text()}`))
  await page.goto(url)
  say({ id, version: browser.version() })
}

async function close({ id }) {
  const context = contexts.get(id)
  contexts.delete(id)
  await context?.close()
  say({ id, closed: true })
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line)
  ;(order.close ? close(order) : open(order)).catch((e) => say({ id: order.id, error: e.message }))
}
await browser.close()
process.exit()
