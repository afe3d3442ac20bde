// Opens a page in headless Chromium and writes one JSON line a second with what
// the page reports, until the playhead has moved by SECONDS or LIMIT seconds have
// passed.
//
//	node play.mjs URL SECONDS LIMIT
import { chromium } from 'playwright-core'

const [url, seconds, limit] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio',
    '--autoplay-policy=no-user-gesture-required', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
})
try {
  const page = await browser.newPage()
  const outside = []
  page.on('request', (r) => {
    const { hostname, protocol } = new URL(r.url())
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') outside.push(r.url())
  })
  page.on('pageerror', (e) => console.error(`page: ${e.message}`))
  await page.goto(url)
  let begin
  for (let s = 0; s < limit; s++) {
    await page.waitForTimeout(1000)
    const seen = await page.evaluate(() => window.report)
    console.log(JSON.stringify({ ...seen, outside }))
    if (seen.ready && seen.position > 0) begin ??= seen.position
    if (seen.position - begin > seconds) break
  }
} finally {
  await browser.close()
}
